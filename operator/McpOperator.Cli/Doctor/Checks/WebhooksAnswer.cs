using System.Text.Json.Nodes;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether the API server asks the operator before it stores anything, and gets an answer: tried with a server that has to be refused, as a dry run.</summary>
internal sealed class WebhooksAnswer : ICheck
{
    internal const string Configuration = "mcp-operator";
    private const string Fix = "kubectl apply -k config/webhook, or the chart's webhooks.enabled";

    internal static readonly ResourceType Validating = new("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", Namespaced: false);
    internal static readonly ResourceType Mutating = new("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", Namespaced: false);

    public string Name => "webhooks";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var type in (ResourceType[])[Validating, Mutating])
        {
            var hooks = (await patient.FindAsync(type, null, Configuration, ct))?["webhooks"] as JsonArray;
            if (hooks is null)
            {
                yield return Finding.Problem($"There is no {type.Kind} {Configuration}: nothing is checked when it is applied.", Fix);
            }
            else if (hooks.Where(h => (string?)h!["failurePolicy"] == "Ignore").Select(h => (string?)h!["name"]).ToList() is { Count: > 0 } lax)
            {
                yield return Finding.Warning($"{type.Kind} {Configuration} lets everything in while the operator is down ({string.Join(", ", lax)}).", "Set failurePolicy to Fail, unless you mean it.");
            }
            else
            {
                yield return Finding.Ok($"{type.Kind} {Configuration} is there.");
            }
        }

        yield return await TryAsync(patient, ct);
    }

    private static async Task<Finding> TryAsync(Patient patient, CancellationToken ct)
    {
        var probe = new MCPServer { Metadata = new() { Name = "mcp-operator-doctor", NamespaceProperty = "default" }, Spec = new() { Image = "doctor.invalid/never:latest" } };
        try
        {
            await patient.Client.DryRunAsync(probe, ct);
            return Finding.Problem("The API server would store a server with an image that is not pinned: the webhooks are not asked.", Fix);
        }
        catch (KubernetesException e) when (e.IsInvalid)
        {
            return Finding.Ok("What breaks a rule is refused.");
        }
        catch (KubernetesException e) when (e.StatusCode >= 500)
        {
            return Finding.Problem($"The API server cannot ask the webhooks, and nothing gets in: {e.Status.Message}", $"kubectl -n {patient.Namespace} get endpoints mcp-operator-webhook; look at the operator's log and at NetworkPolicies; a wrong caBundle is written anew within a minute.");
        }
    }
}
