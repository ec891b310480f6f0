using McpOperator.Admission.Images;
using McpOperator.Api.Configuration;
using McpOperator.Generators.MCPServers;
using McpOperator.Keycloak;
using McpOperator.Manifests;
using McpOperator.Policy;
using McpOperator.Signatures;

namespace McpOperator.Cli;

/// <summary>The operator's configuration as a file: read strictly, and checked for what a type cannot say.</summary>
public static class ConfigurationFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; without one the shipped defaults hold.</param>
    /// <exception cref="ManifestException">The file says something that is not allowed; the message names the line.</exception>
    public static OperatorConfiguration LoadOrDefault(string? path) => path is null ? new OperatorConfiguration() : Parse(File.ReadAllText(path), path);

    /// <summary>Reads a text.</summary>
    /// <exception cref="ManifestException">The text says something that is not allowed; the message names the line.</exception>
    public static OperatorConfiguration Parse(string text, string file) => StrictYaml.Load<OperatorConfiguration>(text, file, Check);

    private static IEnumerable<(string Path, string Message)> Check(OperatorConfiguration configuration)
    {
        if (ImageReference.TryParse(configuration.Proxy.Image) is not { IsPinned: true })
        {
            yield return ("proxy.image", $"'{configuration.Proxy.Image}' is not pinned by a SHA-256 digest; write registry/repository@sha256:<64 hex digits>.");
        }

        if (configuration.Proxy.SessionKeySeconds < 600)
        {
            yield return ("proxy.sessionKeySeconds", $"{configuration.Proxy.SessionKeySeconds} is too short for all pods to have read a new key; write 600 or more, such as 2592000 for 30 days.");
        }

        if (configuration.Sessions.MaxDurationSeconds < 1)
        {
            yield return ("sessions.maxDurationSeconds", "no session could be made; write at least 1, such as 86400 for a day.");
        }

        if (configuration.Sessions.DeleteAfterSeconds < 0)
        {
            yield return ("sessions.deleteAfterSeconds", "sessions would be deleted before their end; write 0 or more, such as 86400 for a day.");
        }

        foreach (var (field, message) in SignatureVerifier.Check(configuration.Images.Signatures))
        {
            yield return ($"images.signatures.{field}", message);
        }

        foreach (var (field, message) in RegistrySettingsCheck.Problems(configuration.Images.Registries))
        {
            yield return ($"images.registries.{field}", message);
        }

        foreach (var (field, message) in KeycloakCheck.Check(configuration.Keycloak))
        {
            yield return ($"keycloak.{field}", message);
        }

        if (configuration.Auth.CertificateAuthorities is { } pem && PemCertificates.Read(pem, out var problem) is null)
        {
            yield return ("auth.certificateAuthorities", problem!);
        }

        foreach (var (field, message) in SharedLimitsCheck.Check(configuration.Quotas.SharedLimits))
        {
            yield return ($"quotas.sharedLimits.{field}", message);
        }

        foreach (var (field, cidr) in Cidrs(configuration).Where(c => !Cidr.IsValid(c.Cidr)))
        {
            yield return (field, $"'{cidr}' is no range of addresses; write one such as 10.0.0.0/8 (no bits set after the prefix).");
        }

        foreach (var (field, port) in Ports(configuration).Where(p => p.Port is < 1 or > 65535))
        {
            yield return (field, $"{port} is no port; ports run from 1 to 65535.");
        }

        foreach (var (i, peer) in configuration.Network.ProxyEgress.Index().Where(p => p.Item.Namespaces.Count + p.Item.Cidrs.Count == 0))
        {
            yield return ($"network.proxyEgress[{i}]", "names neither namespaces nor cidrs, which would open everything; name some.");
        }
    }

    private static IEnumerable<(string Field, string Cidr)> Cidrs(OperatorConfiguration configuration) =>
    [
        .. Each("network.apiServerCidrs", configuration.Network.ApiServerCidrs),
        .. Each("network.clusterCidrs", configuration.Network.ClusterCidrs),
        .. Peers(configuration).SelectMany(p => Each($"{p.Field}.cidrs", p.Peer.Cidrs).Concat(Each($"{p.Field}.except", p.Peer.Except))),
    ];

    private static IEnumerable<(string Field, int Port)> Ports(OperatorConfiguration configuration) =>
    [
        .. Each("network.apiServerPorts", configuration.Network.ApiServerPorts),
        .. Peers(configuration).SelectMany(p => Each($"{p.Field}.ports", p.Peer.Ports)),
    ];

    private static IEnumerable<(string Field, EgressPeer Peer)> Peers(OperatorConfiguration configuration) =>
    [
        .. configuration.Network.ProxyEgress.Select((peer, i) => ($"network.proxyEgress[{i}]", peer)),
        .. configuration.Quotas.SharedLimits.Peer is { } peer ? [("quotas.sharedLimits.peer", peer)] : Array.Empty<(string, EgressPeer)>(),
    ];

    private static IEnumerable<(string Field, T Value)> Each<T>(string field, IReadOnlyList<T> values) => values.Select((value, i) => ($"{field}[{i}]", value));
}
