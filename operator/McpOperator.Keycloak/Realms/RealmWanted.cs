using McpOperator.Keycloak.Clients;
using McpOperator.Keycloak.Scopes;

namespace McpOperator.Keycloak.Realms;

/// <summary>What is to be done about the scopes that clients get which register themselves.</summary>
public enum RealmDefaults
{
    /// <summary>Nothing; nobody looks.</summary>
    Leave,

    /// <summary>Such clients may ask for our scopes: they are the realm's optional default scopes.</summary>
    Add,

    /// <summary>They may not any more.</summary>
    Remove,
}

/// <summary>Everything that servers and grants want of one realm.</summary>
public sealed record RealmWanted
{
    /// <summary>Whose scopes and clients are ours: one cluster's operator.</summary>
    public required string Owner { get; init; }

    /// <summary>All servers of the realm.</summary>
    public IReadOnlyList<ServerScopes> Servers { get; init; } = [];

    /// <summary>All grants of the realm that ask for a client.</summary>
    public IReadOnlyList<GrantClient> Clients { get; init; } = [];

    /// <summary>Whether to look at clients: not where no grant asks for one and none of ours is left.</summary>
    public bool LooksAtClients { get; init; } = true;

    /// <summary>Names of scopes that every token of our clients has, where the realm has them.</summary>
    public IReadOnlyList<string> ClientDefaults { get; init; } = ["basic"];

    /// <summary>What is to be done about clients that register themselves.</summary>
    public RealmDefaults Defaults { get; init; }

    /// <summary>
    /// Asked before servers (<c>namespace/name</c>) get scopes, so that they can be had to wait for us when they are deleted. Those that it
    /// does not give back get none in this pass.
    /// </summary>
    public Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlySet<string>>> HoldAsync { get; init; } =
        static (servers, _) => Task.FromResult<IReadOnlySet<string>>(servers.ToHashSet(StringComparer.Ordinal));

    /// <summary>
    /// Whether objects of a namespace are among those that we look after. What belongs to one that is not is never taken for left over.
    /// </summary>
    public Func<string, bool> IsSeen { get; init; } = static _ => true;
}

/// <summary>What became of a realm.</summary>
public sealed record RealmOutcome
{
    /// <summary>What is wrong with a server's scopes, by <c>namespace/name</c>; servers that are not named have theirs.</summary>
    public required IReadOnlyDictionary<string, Problem> Servers { get; init; }

    /// <summary>What is wrong with a grant's client, by <c>namespace/name</c>; grants that are not named have theirs.</summary>
    public required IReadOnlyDictionary<string, Problem> Grants { get; init; }

    /// <summary>The secrets of confidential clients, by grant.</summary>
    public required IReadOnlyDictionary<string, ClientCredential> Credentials { get; init; }

    /// <summary>Servers that have scopes in the realm.</summary>
    public required IReadOnlySet<string> WithScopes { get; init; }

    /// <summary>Whether the realm has clients of ours.</summary>
    public required bool HasClients { get; init; }

    /// <summary>How many things were changed.</summary>
    public required int Changes { get; init; }
}
