using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A Secret's key becomes a variable's name unless another is given, and not every key can be one.</summary>
public sealed class VariableInvalid : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        foreach (var (i, secret) in (review.New.Spec.Secrets ?? []).Index())
        {
            if (secret.TargetEnvName is null && secret.Key.Length > 0 && char.IsAsciiDigit(secret.Key[0]))
            {
                yield return new($"spec.secrets[{i}].key", Reasons.InvalidSpec, $"'{secret.Key}' begins with a digit and cannot be a variable's name; give the variable another one by targetEnvName.");
            }
        }
    }
}
