using System.Text.Json.Serialization;

namespace McpOperator.Objects;

/// <summary>Who may talk to a set of pods, and with whom those may talk. What no rule names is refused.</summary>
[KubernetesEntity(Group = "networking.k8s.io", Kind = "NetworkPolicy", PluralName = "networkpolicies")]
public sealed record V1NetworkPolicy : KubernetesEntity
{
    /// <summary>The pods and the rules.</summary>
    public V1NetworkPolicySpec Spec { get; init; } = new();
}

/// <summary>The pods and the rules.</summary>
public sealed record V1NetworkPolicySpec
{
    /// <summary>The pods that the rules are about.</summary>
    public V1LabelSelector PodSelector { get; init; } = new();

    /// <summary>The directions that the rules are about: <c>Ingress</c>, <c>Egress</c>.</summary>
    public IReadOnlyList<string> PolicyTypes { get; init; } = [];

    /// <summary>What may come in.</summary>
    public IReadOnlyList<V1NetworkPolicyIngressRule>? Ingress { get; init; }

    /// <summary>What may go out.</summary>
    public IReadOnlyList<V1NetworkPolicyEgressRule>? Egress { get; init; }
}

/// <summary>Traffic that may come in: from any of the peers to any of the ports.</summary>
public sealed record V1NetworkPolicyIngressRule
{
    /// <summary>The peers; absent: everybody.</summary>
    [JsonPropertyName("from")]
    public IReadOnlyList<V1NetworkPolicyPeer>? FromProperty { get; init; }

    /// <summary>The ports; absent: all.</summary>
    public IReadOnlyList<V1NetworkPolicyPort>? Ports { get; init; }
}

/// <summary>Traffic that may go out: to any of the peers on any of the ports.</summary>
public sealed record V1NetworkPolicyEgressRule
{
    /// <summary>The peers; absent: everybody.</summary>
    public IReadOnlyList<V1NetworkPolicyPeer>? To { get; init; }

    /// <summary>The ports; absent: all.</summary>
    public IReadOnlyList<V1NetworkPolicyPort>? Ports { get; init; }
}

/// <summary>A peer: pods by labels, or a range of addresses.</summary>
public sealed record V1NetworkPolicyPeer
{
    /// <summary>The peer's pods; together with namespaces: the pods in those.</summary>
    public V1LabelSelector? PodSelector { get; init; }

    /// <summary>The peer's namespaces; absent: the policy's own.</summary>
    public V1LabelSelector? NamespaceSelector { get; init; }

    /// <summary>A range of addresses.</summary>
    public V1IPBlock? IpBlock { get; init; }
}

/// <summary>A range of addresses.</summary>
public sealed record V1IPBlock
{
    /// <summary>The range, such as <c>10.0.0.0/8</c>.</summary>
    public required string Cidr { get; init; }

    /// <summary>Ranges within it that do not belong to it.</summary>
    public IReadOnlyList<string>? Except { get; init; }
}

/// <summary>A port.</summary>
public sealed record V1NetworkPolicyPort
{
    /// <summary><c>TCP</c>, <c>UDP</c> or <c>SCTP</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>The port; absent: all of the protocol.</summary>
    public IntOrString? Port { get; init; }
}
