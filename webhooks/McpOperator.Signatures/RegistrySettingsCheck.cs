using McpOperator.Api.Configuration;

namespace McpOperator.Signatures;

/// <summary>What is wrong with settings about registries, beyond their types.</summary>
public static class RegistrySettingsCheck
{
    /// <summary>Fields within the settings, such as <c>insecure[0]</c>, and messages.</summary>
    public static IEnumerable<(string Path, string Message)> Problems(RegistrySettings settings)
    {
        foreach (var (field, place) in Places(settings).Where(p => !IsPlace(p.Place)))
        {
            yield return (field, $"'{place}' is no place; write a host, or a host and a port, such as registry.example.com:5000, without a scheme and a path.");
        }

        if (settings.Proxy is { } proxy && !(Uri.TryCreate(proxy, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address is { PathAndQuery: "/", UserInfo: "" }))
        {
            yield return ("proxy", $"'{proxy}' is no proxy's address; write one such as http://proxy.example.com:3128, without user, password and path.");
        }
    }

    private static IEnumerable<(string Field, string Place)> Places(RegistrySettings settings) =>
    [
        .. settings.Insecure.Select((place, i) => ($"insecure[{i}]", place)),
        .. settings.CertificateAuthorities.Keys.Select(place => ("certificateAuthorities", place)),
        .. settings.NoProxy.Select((place, i) => ($"noProxy[{i}]", place.TrimStart('.'))),
    ];

    private static bool IsPlace(string place) =>
        Uri.TryCreate($"https://{place}/", UriKind.Absolute, out var address) && address is { PathAndQuery: "/", UserInfo: "", Fragment: "" } && address.Host.Length > 0 && !place.EndsWith('/');
}
