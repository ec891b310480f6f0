using System.Text.RegularExpressions;
using McpOperator.Api.Configuration;
using McpOperator.Generators.MCPServers;
using McpOperator.Policy;

namespace McpOperator.Cli;

/// <summary>What is wrong with the settings of the shared counters that a type cannot say.</summary>
internal static partial class SharedLimitsCheck
{
    /// <summary>Every fault, with its field and the fix.</summary>
    public static IEnumerable<(string Field, string Message)> Check(SharedLimitSettings settings)
    {
        if (settings.TimeoutMilliseconds is < 10 or > 10_000)
        {
            yield return ("timeoutMilliseconds", $"{settings.TimeoutMilliseconds} is out of range; write 10 to 10000.");
        }

        if (!Prefix().IsMatch(settings.KeyPrefix))
        {
            yield return ("keyPrefix", $"'{settings.KeyPrefix}' is none; write 1 to 64 letters, digits, '.', '_' and '-'.");
        }

        if (settings.CertificateAuthorities is { } pem && PemCertificates.Read(pem, out var problem) is null)
        {
            yield return ("certificateAuthorities", problem!);
        }

        if (settings.Peer is { } peer && (peer.Namespaces.Count + peer.Cidrs.Count == 0 || peer.Ports.Count == 0))
        {
            yield return ("peer", "has to name namespaces or cidrs, and ports: everything else would be opened to servers as well.");
        }

        if (settings.Url is not { } text)
        {
            yield break;
        }

        if (!(Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "redis" or "rediss", UserInfo: "", Query: "", Fragment: "", AbsolutePath: "" or "/", Host.Length: > 0 }))
        {
            yield return ("url", $"'{text}' is no address; write one such as rediss://valkey.limits.svc:6379, without credentials and path.");
            yield break;
        }

        if (url.Scheme == "redis" && !settings.Insecure)
        {
            yield return ("url", "is without TLS, and counters and password could be read and changed on the way; use rediss (quotas.sharedLimits.certificateAuthorities takes a private authority), or set quotas.sharedLimits.insecure.");
        }

        if (SharedLimitPeer.Of(settings) is null)
        {
            yield return ("peer", $"is missing: servers are isolated from '{url.Host}', and a NetworkPolicy knows no host names; name its cidrs, or its namespaces, and its ports.");
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$")]
    private static partial Regex Prefix();
}
