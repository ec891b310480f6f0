using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Proxy.Policies;

/// <summary>How a pod reaches its API server (Kubernetes, "Accessing the API from a Pod").</summary>
/// <param name="Server">The API server.</param>
/// <param name="TokenFile">The file with the account's token; Kubernetes renews it.</param>
/// <param name="AuthorityFile">The file with the certificates that we trust it by; nothing: it speaks plain HTTP.</param>
internal sealed record ClusterAccess(Uri Server, string TokenFile, string? AuthorityFile)
{
    private const string Folder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The pod's own; nothing outside a pod.</summary>
    public static ClusterAccess? OfPod()
    {
        var (host, port) = (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST"), Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT") ?? "443");
        if (string.IsNullOrEmpty(host) || !File.Exists($"{Folder}/token"))
        {
            return null;
        }

        return new(new Uri($"https://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}"), $"{Folder}/token", $"{Folder}/ca.crt");
    }

    /// <summary>A connection that trusts the authorities of now: they are rotated too.</summary>
    public HttpClient Connect()
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
        if (AuthorityFile is not null)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(AuthorityFile);
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return new HttpClient(handler) { BaseAddress = Server, Timeout = Timeout.InfiniteTimeSpan };
    }
}
