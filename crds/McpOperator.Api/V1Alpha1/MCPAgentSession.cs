using McpOperator.Objects;

namespace McpOperator.Api.V1Alpha1;

/// <summary>A user's consent that an agent acts for a while. It ends at its time, or at once when it is revoked.</summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.V1Alpha1, Kind = "MCPAgentSession", PluralName = "mcpagentsessions")]
[KubernetesEntityShortNames("mcpas")]
[Categories("mcp")]
[GenericAdditionalPrinterColumn(".spec.serverRef.name", "Server", "string")]
[GenericAdditionalPrinterColumn(".spec.subject.user", "User", "string")]
[GenericAdditionalPrinterColumn(".spec.subject.agent", "Agent", "string")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Active\")].reason", "State", "string")]
[GenericAdditionalPrinterColumn(".spec.expiresAt", "Expires", "string")]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed record MCPAgentSession : CustomKubernetesEntity<MCPAgentSessionSpec, MCPAgentSessionStatus>;

/// <summary>Whose session, for how long. Only <c>revoked</c> may be set and <c>expiresAt</c> moved earlier.</summary>
[ValidationRule("self.serverRef == oldSelf.serverRef && self.subject == oldSelf.subject && self.consentedTrust == oldSelf.consentedTrust", "spec: serverRef, subject and consentedTrust never change; make a new session")]
[ValidationRule("self.expiresAt <= oldSelf.expiresAt", "spec.expiresAt: may only be moved earlier; make a new session")]
[ValidationRule("!oldSelf.revoked || self.revoked", "spec.revoked: a revoked session stays revoked; make a new session")]
public sealed record MCPAgentSessionSpec
{
    /// <summary>The server, in the same namespace.</summary>
    public required LocalReference ServerRef { get; init; }

    /// <summary>Whose session it is.</summary>
    public required SessionSubject Subject { get; init; }

    /// <summary>How far the user trusts the agent in this session.</summary>
    public TrustLevel ConsentedTrust { get; init; } = TrustLevel.Low;

    /// <summary>When the session ends, within the maximum that the operator's configuration sets.</summary>
    public required DateTime ExpiresAt { get; init; }

    /// <summary>Ends the session at once, and for good.</summary>
    public bool Revoked { get; init; }
}

/// <summary>Whose session it is: at least one of the two.</summary>
[ValidationRule("has(self.user) || has(self.agent)", "spec.subject: name a user, an agent or both")]
public sealed record SessionSubject
{
    /// <summary>The user, as the token names it.</summary>
    [Length(1, 255)]
    public string? User { get; init; }

    /// <summary>The agent, as the token names it.</summary>
    [Length(1, 255)]
    public string? Agent { get; init; }
}

/// <summary>How a session fares.</summary>
public sealed record MCPAgentSessionStatus
{
    /// <summary>The generation of the spec that this status speaks of.</summary>
    [RangeMinimum(0)]
    public long? ObservedGeneration { get; init; }

    /// <summary><c>Active</c> with the reasons <c>Active</c>, <c>Expired</c>, <c>Revoked</c>, <c>NoGrant</c>; <c>Published</c>: the server's policy carries it.</summary>
    [ListMap("type"), Items(0, 16)]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>The revision of the server's policy that carries it.</summary>
    [Length(0, 128)]
    public string? PolicyRevision { get; init; }
}
