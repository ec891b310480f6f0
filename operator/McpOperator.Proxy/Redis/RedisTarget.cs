using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Proxy.Redis;

/// <summary>Where a Redis or Valkey is found.</summary>
/// <param name="Url">Its address, such as <c>rediss://valkey.limits.svc:6379</c>; <c>rediss</c> is with TLS.</param>
/// <param name="Authorities">PEM certificates of the only authorities that count; nothing: the system's.</param>
internal sealed record RedisTarget(string Url, string? Authorities)
{
    private const int DefaultPort = 6379;

    /// <summary>Host, port, and whether it is spoken to by TLS.</summary>
    /// <exception cref="FormatException">The address is none.</exception>
    public (string Host, int Port, bool Tls) Address()
    {
        var url = new Uri(Url);
        return (url.DnsSafeHost, url.Port > 0 ? url.Port : DefaultPort, url.Scheme == "rediss");
    }

    /// <summary>Whom TLS trusts.</summary>
    /// <exception cref="CryptographicException">The certificates are none.</exception>
    public SslClientAuthenticationOptions TlsOptions()
    {
        var options = new SslClientAuthenticationOptions { TargetHost = Address().Host };
        if (Authorities is not null)
        {
            options.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPem(Authorities);
        }

        return options;
    }
}
