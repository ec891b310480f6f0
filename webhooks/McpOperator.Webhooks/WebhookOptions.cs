using System.Net;
using McpOperator.Kube;
using McpOperator.Webhooks.Certificates;

namespace McpOperator.Webhooks;

/// <summary>How the webhooks are served.</summary>
public sealed record WebhookOptions
{
    /// <summary>The Service's name where everything is installed as shipped.</summary>
    public const string DefaultService = "mcp-operator-webhook";

    /// <summary>Where to listen.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>The Service that leads here; the Secret with the certificates bears the same name.</summary>
    public required NamespacedName Service { get; init; }

    /// <summary>Where API servers reach us when there is no Service; the operator then registers itself.</summary>
    public Uri? Url { get; init; }

    /// <summary>A folder with <c>tls.crt</c> and <c>tls.key</c> that others look after; without it the operator makes its own.</summary>
    public string? CertificateFolder { get; init; }

    /// <summary>How long the operator's own certificates last.</summary>
    public CertificateLifetimes Lifetimes { get; init; } = new();

    /// <summary>The names for which the certificate is made.</summary>
    internal IReadOnlyList<string> Names => Url is { } url
        ? [url.Host.Trim('[', ']')]
        : [$"{Service.Name}.{Service.Namespace}.svc", $"{Service.Name}.{Service.Namespace}.svc.cluster.local"];
}
