using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Webhooks.Certificates;

/// <summary>Where the webhooks' certificate comes from.</summary>
internal interface ICertificateSource
{
    /// <summary>The certificate of the moment; nothing until there is one.</summary>
    X509Certificate2? Current { get; }

    /// <summary>Whether requests can be served: there is a certificate, and API servers were told whom to trust.</summary>
    bool IsReady { get; }

    /// <summary>Keeps the certificate fresh until it is cancelled.</summary>
    Task RunAsync(CancellationToken ct);
}
