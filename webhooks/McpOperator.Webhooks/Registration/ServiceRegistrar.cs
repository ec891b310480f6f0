using System.Text.Json.Nodes;
using McpOperator.Kube;
using McpOperator.Objects;
using Microsoft.Extensions.Logging;

namespace McpOperator.Webhooks.Registration;

/// <summary>
/// In a cluster the configurations are installed with everything else and lead to our Service; only whom to trust is written by us, and
/// only where a webhook leads to that Service.
/// </summary>
[GenericRbac(
    "admissionregistration.k8s.io", "validatingwebhookconfigurations", "mutatingwebhookconfigurations",
    Name = WebhookConfigurations.Name, Verbs = RbacVerb.Get | RbacVerb.Patch, Scope = RbacScope.Cluster)]
internal sealed class ServiceRegistrar(IKubernetesClient client, NamespacedName service, ILogger log) : IWebhookRegistrar
{
    private bool _toldOfAbsence;

    /// <inheritdoc/>
    public async Task<bool> PublishAsync(byte[] bundle, CancellationToken ct)
    {
        var all = true;
        foreach (var type in WebhookConfigurations.Types)
        {
            var configuration = await WebhookConfigurations.GetAsync(client, type, ct);
            var ours = configuration is null ? [] : WebhookConfigurations.ClientsOf(configuration).Where(c => LeadsToUs(c.Client)).ToList();
            if (ours.Count == 0)
            {
                all = false;
                if (!_toldOfAbsence)
                {
                    log.LogWarning("There is no {Kind} '{Name}' that leads to Service {Service}; nothing is admitted through it. Install config/webhook.", type.Kind, WebhookConfigurations.Name, service);
                }

                continue;
            }

            var patch = new JsonArray(new JsonObject { ["op"] = "test", ["path"] = "/metadata/resourceVersion", ["value"] = (string?)configuration!["metadata"]!["resourceVersion"] });
            foreach (var (i, leads) in ours.Where(c => !WebhookConfigurations.Carries(c.Client, bundle)))
            {
                patch.Add(new JsonObject { ["op"] = "add", ["path"] = $"/webhooks/{i}/clientConfig/caBundle", ["value"] = Convert.ToBase64String(bundle) });
            }

            if (patch.Count > 1)
            {
                await client.PatchAsync(type, null, WebhookConfigurations.Name, V1Patch.Json(WebhookConfigurations.ToUtf8(patch)), ct: ct);
                log.LogInformation("{Kind} '{Name}' trusts the webhooks' authorities", type.Kind, WebhookConfigurations.Name);
            }
        }

        _toldOfAbsence = !all;
        return all;
    }

    private bool LeadsToUs(JsonObject leads) =>
        (string?)leads["service"]?["name"] == service.Name && (string?)leads["service"]?["namespace"] == service.Namespace;
}
