using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A variable can have one value; the API server refuses a container that sets one twice, and Knative keeps some for itself.</summary>
public sealed class VariableTwice : IPolicy<Review<MCPServer>>
{
    /// <summary>knative/serving, pkg/apis/serving/k8s_validation.go.</summary>
    private static readonly string[] Reserved = ["K_SERVICE", "K_CONFIGURATION", "K_REVISION"];

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var spec = review.New.Spec;
        var seen = new HashSet<string>(Reserved, StringComparer.Ordinal);
        foreach (var variable in spec.Env ?? [])
        {
            if (!seen.Add(variable.Name))
            {
                yield return new("spec.env", Reasons.InvalidSpec, Reserved.Contains(variable.Name)
                    ? $"variable {variable.Name} is set by Knative; choose another name."
                    : $"variable {variable.Name} is set twice; remove one of the two.");
            }
        }

        foreach (var secret in spec.Secrets ?? [])
        {
            var name = secret.TargetEnvName ?? secret.Key;
            if (!seen.Add(name))
            {
                yield return new("spec.secrets", Reasons.InvalidSpec, $"variable {name} (from Secret {secret.Name}) is set already or belongs to Knative; give it another targetEnvName.");
            }
        }
    }
}
