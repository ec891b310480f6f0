using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpOperator.Api;

namespace McpOperator.Signatures.Registry;

/// <summary>HTTP clients for registries: one for each proxy and each set of authorities, kept so that connections are.</summary>
internal sealed class RegistryClients : IDisposable
{
    private const int LargestFile = 1024 * 1024;
    private readonly ConcurrentDictionary<string, Lazy<HttpClient>> _clients = new(StringComparer.Ordinal);

    /// <summary>The client for a place.</summary>
    /// <exception cref="RegistryException">The file with its authorities cannot be used.</exception>
    public HttpClient For(Uri address, RegistryEndpoint endpoint)
    {
        var settings = endpoint.Settings;
        // docker.io is called otherwise in image names than on the network.
        string[] names = [address.Authority, address.Host, .. address.Authority == endpoint.Root.Authority ? [endpoint.Name] : Array.Empty<string>()];
        var pem = names.Select(name => settings.CertificateAuthorities.GetValueOrDefault(name)).FirstOrDefault(file => file is not null);
        var authorities = pem is null ? null : Read(pem, address.Authority);
        var key = $"{settings.Proxy} {string.Join(',', settings.NoProxy)} {(authorities is null ? "" : Digest.Of(authorities))}";
        return _clients.GetOrAdd(key, _ => new(() => Make(RegistryProxy.Of(settings), authorities is null ? null : Parse(authorities, pem!, address.Authority)))).Value;
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values.Where(c => c.IsValueCreated))
        {
            client.Value.Dispose();
        }
    }

    private static HttpClient Make(RegistryProxy? proxy, X509Certificate2Collection? authorities)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = proxy is not null, // the environment's would be used unseen, and hide addresses from AddressGuard
            Proxy = proxy,
            AutomaticDecompression = DecompressionMethods.None, // digests are of what was sent, and nothing can swell
            ConnectCallback = AddressGuard.ConnectAsync,
            ConnectTimeout = TimeSpan.FromSeconds(3),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 64,
            MaxConnectionsPerServer = 16,
            MaxResponseDrainSize = 0, // a body that was cut off is not read further
        };
        if (authorities is not null)
        {
            var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            chain.CustomTrustStore.AddRange(authorities);
            handler.SslOptions.CertificateChainPolicy = chain;
        }

        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("mcp-operator", null));
        return client;
    }

    private static byte[] Read(string path, string place)
    {
        try
        {
            return new FileInfo(path).Length <= LargestFile ? File.ReadAllBytes(path) : throw Bad(path, place, "is larger than 1 MiB");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Bad(path, place, e is FileNotFoundException or DirectoryNotFoundException ? "is not there" : "cannot be read");
        }
    }

    private static X509Certificate2Collection Parse(byte[] pem, string path, string place)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(System.Text.Encoding.UTF8.GetString(pem));
        }
        catch (CryptographicException)
        {
            throw Bad(path, place, "holds a certificate that is none");
        }

        return authorities.Count > 0 ? authorities : throw Bad(path, place, "holds no certificate (-----BEGIN CERTIFICATE-----)");
    }

    private static RegistryException Bad(string path, string place, string what) => new(
        Reasons.RegistryNotTrusted, $"images.registries.certificateAuthorities: the file '{path}' for {place} {what}; mount the authorities' certificates there, in PEM.");
}
