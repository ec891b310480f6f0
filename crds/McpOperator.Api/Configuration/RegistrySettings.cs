namespace McpOperator.Api.Configuration;

/// <summary>
/// How the operator reaches registries, which it asks for signatures and for what images start. Places are named as they stand in image
/// names: a host, or a host and a port. A registry's token server and its store have names of their own.
/// </summary>
public sealed record RegistrySettings
{
    /// <summary>
    /// Places that are asked over http, without encryption, and that may be on loopback. Only for registries inside the cluster: what such
    /// a registry is sent, pull secrets included, can be read on the way.
    /// </summary>
    public IReadOnlyList<string> Insecure { get; init; } = [];

    /// <summary>
    /// By place, the path of a PEM file, mounted into the operator, with the authorities from which its certificate must come; those of
    /// the system do not count there. Read again when the file changes.
    /// </summary>
    public IReadOnlyDictionary<string, string> CertificateAuthorities { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The proxy for https, such as <c>http://proxy.example.com:3128</c>. It finds the addresses of registries and has to keep requests away
    /// from the cluster's own, which the operator cannot when it does not make the connection. Absent: none.
    /// </summary>
    public string? Proxy { get; init; }

    /// <summary>Places that are reached without the proxy. <c>.example.com</c> stands for that host and all below it.</summary>
    public IReadOnlyList<string> NoProxy { get; init; } = [];
}
