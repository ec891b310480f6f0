using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Webhooks.Registration;

/// <summary>The two configurations in which webhooks are registered.</summary>
internal static class WebhookConfigurations
{
    /// <summary>Their name: <c>mcp-operator</c>.</summary>
    public const string Name = "mcp-operator";

    private const string Group = "admissionregistration.k8s.io";

    /// <summary>Validating first: where only one is there yet, it is the one that refuses.</summary>
    public static IReadOnlyList<ResourceType> Types { get; } =
    [
        new(Group, "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", Namespaced: false),
        new(Group, "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", Namespaced: false),
    ];

    /// <summary>A configuration as it stands; null when it is not there.</summary>
    public static Task<JsonObject?> GetAsync(IKubernetesClient client, ResourceType type, CancellationToken ct) =>
        client.GetAsync(type, null, Name, static (in ObjectHeader _, ReadOnlySpan<byte> utf8) => JsonNode.Parse(utf8)!.AsObject(), ct);

    /// <summary>The <c>clientConfig</c> of every webhook of a configuration.</summary>
    public static IEnumerable<(int Index, JsonObject Client)> ClientsOf(JsonObject configuration) =>
        (configuration["webhooks"] as JsonArray ?? []).Select((webhook, i) => (i, webhook?["clientConfig"] as JsonObject)).Where(c => c.Item2 is not null).Select(c => (c.i, c.Item2!));

    /// <summary>Whether a <c>clientConfig</c> carries a bundle.</summary>
    public static bool Carries(JsonObject client, byte[] bundle) => (string?)client["caBundle"] == Convert.ToBase64String(bundle);

    public static byte[] ToUtf8(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString(KubernetesJson.Options));
}
