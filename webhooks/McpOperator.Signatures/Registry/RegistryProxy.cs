using System.Net;
using McpOperator.Api.Configuration;

namespace McpOperator.Signatures.Registry;

/// <summary>The proxy of the configuration: for https alone, save for the places that need none.</summary>
internal sealed class RegistryProxy : IWebProxy
{
    private readonly Uri _proxy;
    private readonly IReadOnlyList<string> _without;

    private RegistryProxy(Uri proxy, IReadOnlyList<string> without) => (_proxy, _without) = (proxy, without);

    /// <inheritdoc/>
    public ICredentials? Credentials { get; set; }

    /// <returns>Nothing when there is none.</returns>
    public static RegistryProxy? Of(RegistrySettings settings) => settings.Proxy is { } proxy ? new RegistryProxy(new Uri(proxy), settings.NoProxy) : null;

    /// <inheritdoc/>
    public Uri GetProxy(Uri destination) => _proxy;

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => host.Scheme != Uri.UriSchemeHttps || _without.Any(place => Covers(place, host));

    private static bool Covers(string place, Uri address) => place.StartsWith('.')
        ? address.Host.EndsWith(place, StringComparison.OrdinalIgnoreCase) || address.Host.Equals(place[1..], StringComparison.OrdinalIgnoreCase)
        : place.Equals(address.Host, StringComparison.OrdinalIgnoreCase) || place.Equals(address.Authority, StringComparison.OrdinalIgnoreCase);
}
