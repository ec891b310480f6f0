using System.Net;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>
/// Who reaches a server's pods, and whom those reach. Nobody ever reaches the server's own port: every way in leads through the proxy.
/// </summary>
internal static class NetworkPolicyGenerator
{
    private const int DnsPort = 53;
    private const string AutoscalerApp = "autoscaler";

    public static Child Make(ServerInput input) => Child.Of(new V1NetworkPolicy
    {
        Metadata = ChildMeta.For(input, ChildNames.Workload(input.Name())),
        Spec = new()
        {
            PodSelector = new() { MatchLabels = ChildMeta.PodsOf(input) },
            PolicyTypes = ["Ingress", "Egress"],
            Ingress = [.. Ingress(input)],
            Egress = [.. Egress(input)],
        },
    });

    private static IEnumerable<V1NetworkPolicyIngressRule> Ingress(ServerInput input)
    {
        var network = input.Configuration.Network;
        if (!input.Server.Spec.Suspend)
        {
            foreach (var rule in (input.Runtime == RuntimeKind.Knative ? FromKnative(network) : FromClients(network)).OfType<V1NetworkPolicyIngressRule>())
            {
                yield return rule;
            }

            // A session lives in one pod; another pod's proxy passes its requests on.
            yield return new() { FromProperty = [new() { PodSelector = new() { MatchLabels = ChildMeta.PodsOf(input) } }], Ports = Tcp(Ports.Proxy) };
        }

        yield return From([.. network.MonitoringNamespaces, network.OperatorNamespace], Ports.ProxyMetrics)!;
    }

    private static IEnumerable<V1NetworkPolicyIngressRule?> FromKnative(NetworkSettings network)
    {
        yield return From(network.GatewayNamespaces, Ports.KnativeHttp1, Ports.KnativeHttp2, Ports.KnativeHttps);
        yield return network.GatewayNamespaces.Count == 0 ? null : new()
        {
            FromProperty = [new() { NamespaceSelector = Named(network.GatewayNamespaces), PodSelector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = AutoscalerApp } } }],
            Ports = Tcp(Ports.KnativeAutoscaler),
        };
    }

    private static IEnumerable<V1NetworkPolicyIngressRule?> FromClients(NetworkSettings network)
    {
        // Pods of the server's own namespace belong to its tenant.
        yield return new() { FromProperty = [new() { PodSelector = new() }], Ports = Tcp(Ports.Proxy) };
        yield return From([.. network.GatewayNamespaces, .. network.ClientNamespaces], Ports.Proxy);
    }

    private static IEnumerable<V1NetworkPolicyEgressRule> Egress(ServerInput input)
    {
        var network = input.Configuration.Network;
        yield return new()
        {
            To = [new() { NamespaceSelector = Named([network.DnsNamespace]) }],
            Ports = [new() { Protocol = "UDP", Port = DnsPort }, new() { Protocol = "TCP", Port = DnsPort }],
        };
        if (network.ApiServerCidrs.Count > 0)
        {
            yield return new() { To = [.. network.ApiServerCidrs.Select(cidr => new V1NetworkPolicyPeer { IpBlock = new() { Cidr = cidr } })], Ports = Tcp([.. network.ApiServerPorts]) };
        }

        yield return new() { To = [new() { PodSelector = new() { MatchLabels = ChildMeta.PodsOf(input) } }], Ports = Tcp(Ports.Proxy) };
        foreach (var url in ProxyTargets(input))
        {
            if (InCluster(url) is { } rule)
            {
                yield return rule;
            }
        }

        foreach (var peer in LimitPeers(input).Concat(network.ProxyEgress).Concat(input.Permissions.Egress))
        {
            if (To(peer) is { } rule)
            {
                yield return rule;
            }
        }
    }

    private static IEnumerable<EgressPeer> LimitPeers(ServerInput input) =>
        input.Policy.Document.Limits.Shared is not null && SharedLimitPeer.Of(input.Configuration.Quotas.SharedLimits) is { } peer ? [peer] : [];

    private static IEnumerable<string?> ProxyTargets(ServerInput input) =>
    [
        input.Policy.Document.Auth.Type == AuthType.OIDC ? input.Policy.Document.Auth.Issuer : null,
        input.Policy.Document.Auth.Type == AuthType.OIDC ? input.Policy.Document.Auth.JwksUri : null,
        input.Server.Spec.Telemetry?.OpenTelemetry?.Endpoint,
    ];

    /// <summary>
    /// A NetworkPolicy knows no host names. An address of the cluster (<c>name.namespace.svc…</c>) opens its namespace; what lies outside
    /// is opened by the configuration's <c>network.proxyEgress</c>, because a rule here would open it for the server's container as well.
    /// </summary>
    private static V1NetworkPolicyEgressRule? InCluster(string? url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            return null;
        }

        var labels = uri.Host.Split('.');
        // Without the port: a rule sees the pod's port, which may differ from the Service's.
        return labels is [_, var name, "svc", ..] ? new() { To = [new() { NamespaceSelector = Named([name]) }] } : null;
    }

    /// <returns>Nothing when the exceptions leave nothing: a rule without peers would open everything.</returns>
    private static V1NetworkPolicyEgressRule? To(EgressPeer peer)
    {
        var pods = peer.PodLabels is { Count: > 0 } labels
            ? new V1LabelSelector { MatchLabels = new SortedDictionary<string, string>(labels.ToDictionary(), StringComparer.Ordinal) }
            : null;
        IReadOnlyList<V1NetworkPolicyPeer> peers =
        [
            .. peer.Namespaces.Count > 0 ? [new V1NetworkPolicyPeer { NamespaceSelector = Named(peer.Namespaces), PodSelector = pods }] : Array.Empty<V1NetworkPolicyPeer>(),
            .. peer.Cidrs.Select(cidr => Without(cidr, peer.Except)).OfType<V1NetworkPolicyPeer>(),
        ];
        return peers.Count == 0 ? null : new() { To = peers, Ports = peer.Ports.Count > 0 ? Tcp([.. peer.Ports]) : null };
    }

    /// <summary>A range without the exceptions that lie in it; the API server takes no others. An exception that holds the whole range leaves nothing.</summary>
    private static V1NetworkPolicyPeer? Without(string cidr, IReadOnlyList<string> except)
    {
        var range = IPNetwork.Parse(cidr);
        if (except.Any(e => IPNetwork.Parse(e).Covers(range)))
        {
            return null;
        }

        IReadOnlyList<string> inner = [.. except.Where(e => range.Covers(IPNetwork.Parse(e)))];
        return new() { IpBlock = new() { Cidr = cidr, Except = inner.Count > 0 ? inner : null } };
    }

    /// <returns>Nothing when nobody is named: the API server refuses a selector with an empty list.</returns>
    private static V1NetworkPolicyIngressRule? From(IReadOnlyList<string> namespaces, params int[] ports) => namespaces.Count == 0
        ? null
        : new() { FromProperty = [new() { NamespaceSelector = Named(namespaces) }], Ports = Tcp(ports) };

    private static V1LabelSelector Named(IReadOnlyList<string> namespaces) => namespaces is [var one]
        ? new() { MatchLabels = new Dictionary<string, string> { [Labels.NamespaceName] = one } }
        : new() { MatchExpressions = [new() { Key = Labels.NamespaceName, OperatorProperty = "In", Values = namespaces }] };

    private static IReadOnlyList<V1NetworkPolicyPort> Tcp(params int[] ports) => [.. ports.Select(port => new V1NetworkPolicyPort { Protocol = "TCP", Port = port })];
}
