using McpOperator.Api.V1Alpha1;

namespace McpOperator.Keycloak.Clients;

/// <summary>The OAuth client that one grant asks for.</summary>
public sealed record GrantClient
{
    /// <summary>The grant, as <c>namespace/name</c>.</summary>
    public required string Grant { get; init; }

    /// <summary>The grant's server, as <c>namespace/name</c>.</summary>
    public required string Server { get; init; }

    /// <summary>When the grant was created: of two that want the same client, the older one gets it.</summary>
    public DateTime Created { get; init; } = DateTime.MaxValue;

    /// <summary>The id that the client shows.</summary>
    public required string ClientId { get; init; }

    /// <summary>Whether it gets tokens: not when the grant is disabled or has ended.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether it has a secret.</summary>
    public bool Confidential { get; init; }

    /// <summary>Where codes may be sent; none: the client acts for itself alone (client credentials).</summary>
    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    /// <summary>The scopes that it may have; nothing means that they are not known just now, and stay as they are.</summary>
    public required IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Whether every token has them, or those that ask.</summary>
    public ScopeAssignment Assignment { get; init; } = ScopeAssignment.Optional;

    /// <summary>Another value than last time asks for a new secret.</summary>
    public string? Rotation { get; init; }

    /// <summary>Why the client cannot be made as asked; nothing when it can.</summary>
    public Scopes.Problem? Problem { get; init; }
}

/// <summary>What a client's owner needs to use it.</summary>
/// <param name="ClientId">The id that it shows.</param>
/// <param name="Secret">Its secret; its text is never logged.</param>
public sealed record ClientCredential(string ClientId, string Secret)
{
    /// <inheritdoc/>
    public override string ToString() => ClientId;
}
