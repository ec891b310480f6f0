using System.Text.Json.Serialization;

namespace McpOperator.Keycloak.Admin;

/// <summary>A client scope: what a client may ask for, what the user reads when asked, and what goes into the token for it.</summary>
public sealed record ClientScope
{
    /// <summary>Keycloak's own id; absent in what is to be created.</summary>
    public string? Id { get; init; }

    /// <summary>The scope, as it stands in requests and tokens; unique in the realm.</summary>
    public required string Name { get; init; }

    /// <summary>A note for administrators, at most 255 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Always <c>openid-connect</c> in ours.</summary>
    public string? Protocol { get; init; }

    /// <summary>Settings; all values are text. Keycloak keeps those that it does not know.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>What goes into the token. Taken by POST and ignored by PUT: after creation mappers change through their own addresses.</summary>
    public IReadOnlyList<ProtocolMapper>? ProtocolMappers { get; init; }
}

/// <summary>Puts something into tokens.</summary>
public sealed record ProtocolMapper
{
    /// <summary>Keycloak's own id; a PUT needs it in the body too.</summary>
    public string? Id { get; init; }

    /// <summary>Unique in its scope.</summary>
    public required string Name { get; init; }

    /// <summary>Always <c>openid-connect</c> in ours.</summary>
    public string? Protocol { get; init; }

    /// <summary>The kind, such as <c>oidc-audience-mapper</c>.</summary>
    [JsonPropertyName("protocolMapper")]
    public string? Kind { get; init; }

    /// <summary>Its settings; all values are text.</summary>
    public IReadOnlyDictionary<string, string>? Config { get; init; }
}

/// <summary>An OAuth client. What is absent stays as it is in an update.</summary>
public sealed record Client
{
    /// <summary>Keycloak's own id, which addresses name; it is not <see cref="ClientId"/>.</summary>
    public string? Id { get; init; }

    /// <summary>The id that the client shows; unique in the realm.</summary>
    public required string ClientId { get; init; }

    /// <summary>The name on consent screens.</summary>
    public string? Name { get; init; }

    /// <summary>A note for administrators, at most 255 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Whether it gets tokens at all.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Always <c>openid-connect</c> in ours.</summary>
    public string? Protocol { get; init; }

    /// <summary>Whether it has no secret.</summary>
    public bool? PublicClient { get; init; }

    /// <summary>How it proves who it is.</summary>
    public string? ClientAuthenticatorType { get; init; }

    /// <summary>Its secret. Keycloak makes one up for a client that can keep it, and shows it to those who may manage clients.</summary>
    public string? Secret { get; init; }

    /// <summary>The authorization code flow.</summary>
    public bool? StandardFlowEnabled { get; init; }

    /// <summary>The implicit flow, which OAuth 2.1 dropped.</summary>
    public bool? ImplicitFlowEnabled { get; init; }

    /// <summary>The password flow, which OAuth 2.1 dropped.</summary>
    public bool? DirectAccessGrantsEnabled { get; init; }

    /// <summary>The client credentials flow.</summary>
    public bool? ServiceAccountsEnabled { get; init; }

    /// <summary>Whether tokens carry every role that the user has.</summary>
    public bool? FullScopeAllowed { get; init; }

    /// <summary>Whether users are asked.</summary>
    public bool? ConsentRequired { get; init; }

    /// <summary>Where codes may be sent.</summary>
    public IReadOnlyList<string>? RedirectUris { get; init; }

    /// <summary>Which web pages may call the token endpoint.</summary>
    public IReadOnlyList<string>? WebOrigins { get; init; }

    /// <summary>Settings; all values are text. Those that an update leaves out stay.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>Names of scopes that every token has. Read by POST; PUT ignores it.</summary>
    public IReadOnlyList<string>? DefaultClientScopes { get; init; }

    /// <summary>Names of scopes that a token has when the client asks for them. Read by POST; PUT ignores it.</summary>
    public IReadOnlyList<string>? OptionalClientScopes { get; init; }
}

/// <summary>Whether a client gets a scope without asking.</summary>
public enum ScopeCategory
{
    /// <summary>Every token has it.</summary>
    Default,

    /// <summary>A token has it when the client asks for it.</summary>
    Optional,
}

/// <summary>The id and the name of a scope that is attached to something.</summary>
/// <param name="Id">Keycloak's own id.</param>
/// <param name="Name">The scope.</param>
public sealed record AttachedScope(string Id, string Name);

/// <summary>Keycloak's answer to a login.</summary>
internal sealed record TokenAnswer
{
    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }

    [JsonPropertyName("expires_in")]
    public int ExpiresIn { get; init; }
}

/// <summary>A client's secret.</summary>
internal sealed record CredentialAnswer(string? Type, string? Value);

/// <summary>What Keycloak says about an error, in one of its two forms.</summary>
internal sealed record ErrorAnswer
{
    public string? ErrorMessage { get; init; }

    public string? Error { get; init; }

    [JsonPropertyName("error_description")]
    public string? ErrorDescription { get; init; }
}
