using System.Net;
using System.Net.Sockets;
using McpOperator.Api.Configuration;

namespace McpOperator.Generators.MCPServers;

/// <summary>What a server's isolation opens for the shared counters.</summary>
public static class SharedLimitPeer
{
    /// <summary>The port of Redis where an address names none.</summary>
    public const int DefaultPort = 6379;

    /// <summary>The peer that the settings name, else the one that the address leads to.</summary>
    /// <returns>Nothing without an address, and where one says neither: a NetworkPolicy knows no host names.</returns>
    public static EgressPeer? Of(SharedLimitSettings settings)
    {
        if (!Uri.TryCreate(settings.Url, UriKind.Absolute, out var url))
        {
            return null;
        }

        IReadOnlyList<int> ports = [url.Port > 0 ? url.Port : DefaultPort];
        return settings.Peer
            ?? (IPAddress.TryParse(url.DnsSafeHost, out var address) ? new() { Cidrs = [$"{address}/{(address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}"], Ports = ports }
            : url.Host.Split('.') is [_, var ns, "svc", ..] ? new() { Namespaces = [ns], Ports = ports }
            : null);
    }
}
