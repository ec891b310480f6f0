using System.Net;
using System.Net.Sockets;
using McpOperator.Api;

namespace McpOperator.Signatures.Registry;

/// <summary>
/// Keeps a registry from sending us where it likes (SSRF): its redirects and the realm of its token server are words of the registry,
/// and a registry can be taken over. What is done:
/// <list type="bullet">
/// <item>https only, with a valid certificate, unless the place itself is listed as insecure, and never from https down to http. Metadata
/// services of clouds and the like speak http.</item>
/// <item>The address is looked at when the connection is made, after DNS, so that a name cannot point elsewhere the second time. Never
/// link-local, multicast or unspecified ones; loopback only for places that the configuration lists as insecure.</item>
/// <item>Private addresses stay open: registries and their stores inside the company have those.</item>
/// <item>Through a proxy, names are its to resolve; addresses that stand there as such are judged all the same.</item>
/// <item>Only GET, and one POST to the token server; nothing of an answer comes back to whoever asked, except digests.</item>
/// </list>
/// </summary>
internal static class AddressGuard
{
    /// <summary>Set on requests to places that the configuration lists as insecure.</summary>
    public static readonly HttpRequestOptionsKey<bool> MayBeLoopback = new("mcp-operator.may-be-loopback");

    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        // A tunnel is opened to the proxy, which the platform team chose.
        if (context.InitialRequestMessage.Method == HttpMethod.Connect)
        {
            return await ConnectAsync(await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken), context.DnsEndPoint.Port, cancellationToken);
        }

        var loopback = context.InitialRequestMessage.Options.TryGetValue(MayBeLoopback, out var may) && may;
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        var allowed = addresses.Where(a => IsAllowed(a, loopback)).ToArray();
        if (allowed.Length == 0)
        {
            throw new RegistryException(Reasons.RegistryNotTrusted, $"{context.DnsEndPoint.Host} has only addresses that no registry may have (loopback, link-local or multicast); a registry on this machine has to be listed in images.registries.insecure.");
        }

        return await ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
    }

    /// <summary>Refuses what a proxy must not be asked for.</summary>
    public static void AdmitThroughProxy(Uri address)
    {
        var host = address.IdnHost.Trim('[', ']');
        if (IPAddress.TryParse(host, out var literal) ? !IsAllowed(literal, loopback: false) : host == "localhost" || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            throw new RegistryException(Reasons.RegistryNotTrusted, $"{host} is no address that a registry may have (loopback, link-local or multicast), also behind images.registries.proxy; name a place that needs no proxy in images.registries.noProxy.");
        }
    }

    private static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal static bool IsAllowed(IPAddress address, bool loopback)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (IPAddress.IsLoopback(plain))
        {
            return loopback;
        }

        var bytes = plain.GetAddressBytes();
        return plain.AddressFamily == AddressFamily.InterNetworkV6
            ? !plain.IsIPv6LinkLocal && !plain.IsIPv6Multicast && !plain.IsIPv6SiteLocal && !plain.Equals(IPAddress.IPv6Any)
            : bytes[0] is not 0 and < 224 && !(bytes[0] == 169 && bytes[1] == 254);
    }
}
