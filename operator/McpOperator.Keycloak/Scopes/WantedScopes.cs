namespace McpOperator.Keycloak.Scopes;

/// <summary>What one server wants to have in its realm.</summary>
public sealed record ServerScopes
{
    /// <summary>The server, as <c>namespace/name</c>.</summary>
    public required string Server { get; init; }

    /// <summary>When it was created: of two that want the same, the older one gets it.</summary>
    public DateTime Created { get; init; } = DateTime.MaxValue;

    /// <summary>The address under which the cluster itself serves it. Nobody else can have that as an audience.</summary>
    public string? OwnUrl { get; init; }

    /// <summary>The server's canonical URL, which tokens name as their audience (RFC 8707).</summary>
    public required string Audience { get; init; }

    /// <summary>The scope that every client of it may ask for. It exists as long as a tool has one.</summary>
    public required string BaseScope { get; init; }

    /// <summary>Its tools; nothing means that it is not known just now, and that everything stays as it is.</summary>
    public required IReadOnlyList<ScopedTool>? Tools { get; init; }
}

/// <summary>One tool and the scope that lets a client call it.</summary>
/// <param name="Tool">The tool, as clients see it.</param>
/// <param name="Description">What it does, as it was approved.</param>
/// <param name="Scope">The scope.</param>
/// <param name="Problem">Why it may not have that scope; nothing when it may.</param>
public sealed record ScopedTool(string Tool, string Description, string Scope, string? Problem = null);
