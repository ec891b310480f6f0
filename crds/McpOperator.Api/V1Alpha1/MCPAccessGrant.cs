using McpOperator.Objects;

namespace McpOperator.Api.V1Alpha1;

/// <summary>Lets somebody call some tools of one server.</summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.V1Alpha1, Kind = "MCPAccessGrant", PluralName = "mcpaccessgrants")]
[KubernetesEntityShortNames("mcpag")]
[Categories("mcp")]
[GenericAdditionalPrinterColumn(".spec.serverRef.name", "Server", "string")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Published\")].status", "Published", "string")]
[GenericAdditionalPrinterColumn(".status.matchedTools", "Tools", "integer")]
[GenericAdditionalPrinterColumn(".spec.expiresAt", "Expires", "string")]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed record MCPAccessGrant : CustomKubernetesEntity<MCPAccessGrantSpec, MCPAccessGrantStatus>;

/// <summary>Who may call what.</summary>
public sealed record MCPAccessGrantSpec
{
    /// <summary>The server, in the same namespace.</summary>
    public required LocalReference ServerRef { get; init; }

    /// <summary>Those whom the grant is for; any of them.</summary>
    [Items(1, 256)]
    public required IReadOnlyList<GrantSubject> Subjects { get; init; }

    /// <summary>How far those are trusted at most.</summary>
    public TrustLevel MaxTrust { get; init; } = TrustLevel.Low;

    /// <summary>What their calls may do to the world; empty allows nothing.</summary>
    [Items(0, 3), ListSet]
    public IReadOnlyList<SideEffect> AllowedSideEffects { get; init; } = [];

    /// <summary>Which tools the grant speaks of; none: all. A rule that denies wins over those that allow.</summary>
    [Items(0, 256)]
    public IReadOnlyList<ToolRule>? ToolRules { get; init; }

    /// <summary>When the grant ends; absent: never.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>Whether the grant is switched off.</summary>
    public bool Disabled { get; init; }

    /// <summary>An OAuth client that is registered with the identity provider for this grant.</summary>
    public OAuthClientSettings? OauthClient { get; init; }
}

/// <summary>Somebody: every field that is given must match.</summary>
[ValidationRule("has(self.user) || has(self.agent) || has(self.group)", "spec.subjects: an empty subject would match nobody; name a user, an agent or a group")]
public sealed record GrantSubject
{
    /// <summary>The user, as the token names it.</summary>
    [Length(1, 255)]
    public string? User { get; init; }

    /// <summary>The agent, as the token names it.</summary>
    [Length(1, 255)]
    public string? Agent { get; init; }

    /// <summary>A group of the user, as the token names it.</summary>
    [Length(1, 255)]
    public string? Group { get; init; }
}

/// <summary>A rule about tools.</summary>
public sealed record ToolRule
{
    /// <summary>The tool's name as clients see it; <c>*</c> stands for any characters.</summary>
    [Length(1, 128), Pattern("^[A-Za-z0-9_.*-]+$")]
    public required string Name { get; init; }

    /// <summary>What happens to calls of the tool.</summary>
    public Decision Decision { get; init; } = Decision.Allow;

    /// <summary>How far the caller must be trusted; absent: as the tool itself requires.</summary>
    public TrustLevel? RequiredTrust { get; init; }
}

/// <summary>An OAuth client that is registered with the identity provider.</summary>
[ValidationRule("!self.confidential || has(self.secretName)", "spec.oauthClient.secretName: a confidential client needs a Secret for its secret")]
public sealed record OAuthClientSettings
{
    /// <summary>The client's id.</summary>
    [Length(1, 255), Pattern("^[A-Za-z0-9._:-]+$")]
    public required string ClientId { get; init; }

    /// <summary>Where the identity provider may send the user back to: https, or http on loopback (RFC 8252); no wildcards.</summary>
    [Pattern(@"^(https://[^*\s]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?(/[^*\s]*)?)$")]
    [Items(0, 16), Length(1, 2048)]
    public IReadOnlyList<string>? RedirectUris { get; init; }

    /// <summary>Whether the client can keep a secret.</summary>
    public bool Confidential { get; init; }

    /// <summary>The Secret into which the client's secret is written.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public string? SecretName { get; init; }

    /// <summary>Whether tokens have the scopes of the tools that the grant allows when they are asked for, or always.</summary>
    public ScopeAssignment ScopeAssignment { get; init; } = ScopeAssignment.Optional;
}

/// <summary>How a client has its scopes. The words are those of Keycloak's console.</summary>
public enum ScopeAssignment
{
    /// <summary>A token has those that its client asks for: as few as it needs, and more when a challenge names them (step-up).</summary>
    Optional,

    /// <summary>Every token has all of them: for clients that do not follow a challenge.</summary>
    Default,
}

/// <summary>How a grant fares.</summary>
public sealed record MCPAccessGrantStatus
{
    /// <summary>The generation of the spec that this status speaks of.</summary>
    [RangeMinimum(0)]
    public long? ObservedGeneration { get; init; }

    /// <summary><c>Accepted</c>: the grant makes sense; <c>Published</c>: the server's policy carries it.</summary>
    [ListMap("type"), Items(0, 16)]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>The revision of the server's policy that carries it.</summary>
    [Length(0, 128)]
    public string? PolicyRevision { get; init; }

    /// <summary>How many tools of the server it lets its subjects call.</summary>
    [RangeMinimum(0)]
    public int? MatchedTools { get; init; }
}
