using System.Net;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Policy;

namespace McpOperator.Generators.MCPServers;

/// <summary>Permission profiles: where a server may connect to.</summary>
public static class PermissionProfiles
{
    private static readonly IPNetwork LinkLocal = IPNetwork.Parse("169.254.0.0/16");

    /// <summary>Nowhere, beyond what every server's proxy needs.</summary>
    public static PermissionProfile None { get; } = new();

    /// <summary>Anywhere outside the cluster and its private networks.</summary>
    public static PermissionProfile Network(NetworkSettings network) => new()
    {
        Egress =
        [
            new() { Cidrs = ["0.0.0.0/0"], Except = [.. network.ClusterCidrs.Where(cidr => !cidr.Contains(':', StringComparison.Ordinal))] },
            new() { Cidrs = ["::/0"], Except = [.. network.ClusterCidrs.Where(cidr => cidr.Contains(':', StringComparison.Ordinal))] },
        ],
    };

    /// <summary>
    /// Checks a tenant's own profile. The link-local addresses, where clouds keep their instances' credentials, stay closed whatever it says.
    /// </summary>
    /// <param name="profile">The profile as it stands in the ConfigMap.</param>
    /// <param name="problem">What is wrong with it: the field, the reason and the fix.</param>
    /// <returns>The profile to apply; <see cref="None"/> when there is a problem.</returns>
    public static PermissionProfile Checked(PermissionProfile profile, out ReferenceProblem? problem)
    {
        var errors = profile.Egress.SelectMany((peer, i) => Errors(peer, $"egress[{i}]")).ToList();
        problem = errors.Count == 0 ? null : new(Reasons.Invalid, string.Join(" ", errors));
        return errors.Count > 0 ? None : new() { Egress = [.. profile.Egress.Select(CloseLinkLocal)] };
    }

    private static IEnumerable<string> Errors(EgressPeer peer, string field)
    {
        if (peer.Cidrs.Count + peer.Namespaces.Count == 0)
        {
            yield return $"{field}: names neither namespaces nor cidrs, which would open everything; name some, or remove the entry.";
        }

        foreach (var cidr in peer.Cidrs.Concat(peer.Except).Where(cidr => !Cidr.IsValid(cidr)))
        {
            yield return $"{field}: '{cidr}' is no range of addresses; write one such as 203.0.113.0/24 (no bits set after the prefix).";
        }

        foreach (var cidr in peer.Cidrs.Where(cidr => Cidr.IsValid(cidr) && LinkLocal.Covers(IPNetwork.Parse(cidr))))
        {
            yield return $"{field}: '{cidr}' is link-local, where clouds keep their instances' credentials; it stays closed. Remove it.";
        }

        foreach (var port in peer.Ports.Where(port => port is < 1 or > 65535))
        {
            yield return $"{field}: {port} is no port; ports run from 1 to 65535.";
        }
    }

    private static EgressPeer CloseLinkLocal(EgressPeer peer) =>
        peer.Cidrs.Any(cidr => IPNetwork.Parse(cidr).Covers(LinkLocal)) ? peer with { Except = [.. peer.Except, LinkLocal.ToString()] } : peer;
}
