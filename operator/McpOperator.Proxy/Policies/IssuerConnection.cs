using System.Security.Cryptography.X509Certificates;
using McpOperator.Policy;

namespace McpOperator.Proxy.Policies;

/// <summary>
/// The way to issuers of tokens and to nobody else: what they answer leads nowhere. It trusts the authorities of the system and those that
/// the policy names, as both are when a connection is made.
/// </summary>
internal sealed class IssuerConnection(PolicyStore policies) : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private string? _authorities;
    private HttpMessageInvoker? _invoker;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Current().SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _invoker?.Dispose();
        }

        base.Dispose(disposing);
    }

    private HttpMessageInvoker Current()
    {
        var authorities = policies.Current?.Document.Auth.CertificateAuthorities;
        lock (_lock)
        {
            if (_invoker is null || _authorities != authorities)
            {
                // The old one is not disposed of: somebody may be waiting for an answer. Its connections end by themselves.
                (_invoker, _authorities) = (Connect(authorities), authorities);
            }

            return _invoker;
        }
    }

    private static HttpMessageInvoker Connect(string? authorities)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (authorities is not null && PemCertificates.Read(authorities, out _) is { } own)
        {
            using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(system.Certificates);
            policy.CustomTrustStore.AddRange(own);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        return new(handler);
    }
}
