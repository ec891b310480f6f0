using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Kube;
using McpOperator.Manifests;
using Microsoft.Extensions.Logging;

namespace McpOperator.Webhooks.Registration;

/// <summary>
/// Outside of a cluster there is no Service, and nobody who installs configurations that know our address: we register ourselves. What
/// somebody else installed under our name is left alone.
/// </summary>
internal sealed class UrlRegistrar(IKubernetesClient client, Uri url, ILogger log) : IWebhookRegistrar
{
    private static readonly Lazy<IReadOnlyList<JsonObject>> Templates = new(ReadTemplates);

    /// <inheritdoc/>
    public async Task<bool> PublishAsync(byte[] bundle, CancellationToken ct)
    {
        var all = true;
        foreach (var type in WebhookConfigurations.Types)
        {
            var live = await WebhookConfigurations.GetAsync(client, type, ct);
            if (live is not null && !IsOurs(live))
            {
                log.LogError("{Kind} '{Name}' exists and was not made by an operator with --webhook-url; delete it, or run without that flag.", type.Kind, WebhookConfigurations.Name);
                all = false;
            }
            else if (live is null || !WebhookConfigurations.ClientsOf(live).All(c => WebhookConfigurations.Carries(c.Client, bundle) && LeadsToUs(c.Client)))
            {
                var wanted = Make(Templates.Value.First(t => (string?)t["kind"] == type.Kind), bundle);
                await client.ApplyAsync(type, null, WebhookConfigurations.Name, WebhookConfigurations.ToUtf8(wanted), Labels.Manager, force: true, ct);
                log.LogInformation("{Kind} '{Name}' leads to {Url}", type.Kind, WebhookConfigurations.Name, url);
            }
        }

        return all;
    }

    private JsonObject Make(JsonObject template, byte[] bundle)
    {
        var made = template.DeepClone().AsObject();
        made["metadata"]!["labels"] = new JsonObject { [Labels.ManagedBy] = Labels.Manager };
        foreach (var (_, leads) in WebhookConfigurations.ClientsOf(made))
        {
            var path = (string)leads["service"]!["path"]!;
            leads.Clear();
            leads["url"] = new Uri(url, path).ToString();
            leads["caBundle"] = Convert.ToBase64String(bundle);
        }

        return made;
    }

    private bool LeadsToUs(JsonObject leads) => ((string?)leads["url"])?.StartsWith(url.GetLeftPart(UriPartial.Authority) + "/", StringComparison.Ordinal) == true;

    private static bool IsOurs(JsonObject live) =>
        (string?)live["metadata"]?["labels"]?[Labels.ManagedBy] == Labels.Manager
        && WebhookConfigurations.ClientsOf(live).All(c => c.Client["service"] is null);

    private static IReadOnlyList<JsonObject> ReadTemplates()
    {
        using var reader = new StreamReader(typeof(UrlRegistrar).Assembly.GetManifestResourceStream("configurations.yaml")!);
        return [.. new ManifestReader([]) { AllowOtherKinds = true }.Read(reader.ReadToEnd(), "configurations.yaml").Select(m => m.Json)];
    }
}
