using System.Text.Json.Nodes;
using McpOperator.Api.Configuration;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Cli.Doctor;

/// <summary>The cluster that is looked at.</summary>
/// <param name="Client">Its API server, as whoever runs the command.</param>
/// <param name="Namespace">Where the operator is installed.</param>
/// <param name="Time">The clock of this machine.</param>
internal sealed record Patient(IKubernetesClient Client, string Namespace, TimeProvider Time)
{
    /// <summary>The operator's configuration; the shipped one until it has been read.</summary>
    public OperatorConfiguration Configuration { get; init; } = new();

    /// <summary>An object of a kind that has no type here; nothing when it is not there.</summary>
    public Task<JsonObject?> FindAsync(ResourceType type, string? ns, string name, CancellationToken ct) =>
        Client.GetAsync(type, ns, name, static (in ObjectHeader _, ReadOnlySpan<byte> utf8) => JsonNode.Parse(utf8)!.AsObject(), ct);

    /// <summary>The keys of a ConfigMap; nothing when it is not there.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> SettingsAsync(string ns, string name, CancellationToken ct) =>
        await Client.GetAsync<V1ConfigMap>(name, ns, ct) is { } map ? map.Data ?? new Dictionary<string, string>() : null;

    /// <summary>Whether a kind is served.</summary>
    public async Task<bool> ServesAsync(string definition, CancellationToken ct) =>
        (await Client.GetAsync<V1CustomResourceDefinition>(definition, null, ct))?.Status?.Conditions?.Any(c => c is { Type: "Established", Status: "True" }) == true;
}
