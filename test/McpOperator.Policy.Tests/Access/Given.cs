using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Policy.Tests;

/// <summary>Short ways to say what the tests of access are about: server weather of team-a, with tools of each side effect.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static readonly Caller Alice = new() { IsAuthenticated = true, User = "alice", Agent = "planner", Groups = ["staff"] };

    public static readonly PolicyDocument Policy = new()
    {
        Schema = PolicyDocument.CurrentSchema,
        Server = new("team-a", "weather", "acme"),
        Tools = new()
        {
            Declared =
            [
                new() { Name = "get", Description = "", SideEffect = SideEffect.Read, RequiredTrust = TrustLevel.Low },
                new() { Name = "set", Description = "", SideEffect = SideEffect.Write, RequiredTrust = TrustLevel.Medium },
                new() { Name = "drop", Description = "", SideEffect = SideEffect.Destructive, RequiredTrust = TrustLevel.High },
                new() { Name = "scoped", Description = "", Scope = "weather:read", SideEffect = SideEffect.Read, RequiredTrust = TrustLevel.Low },
            ],
        },
        Access = new(AccessMode.Enforce, Decision.Deny, true),
        Auth = new() { Type = AuthType.OIDC, Claims = new() },
        Limits = new(),
        Audit = new(true, false),
    };

    public static PolicyTable Table(Func<PolicyDocument, PolicyDocument>? change = null) => new((change ?? (p => p))(Policy));

    public static PolicyDocument WithAccess(this PolicyDocument policy, AccessMode mode = AccessMode.Enforce, Decision byDefault = Decision.Deny, bool requireSession = true) =>
        policy with { Access = new(mode, byDefault, requireSession) };

    /// <summary>A grant for alice of everything, unless it says otherwise.</summary>
    public static MCPAccessGrant Grant(string name = "g", Func<MCPAccessGrantSpec, MCPAccessGrantSpec>? change = null, string ns = "team-a") => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = ns, CreationTimestamp = new(2029, 1, 1, 0, 0, 0, DateTimeKind.Utc) },
        Spec = (change ?? (s => s))(new MCPAccessGrantSpec
        {
            ServerRef = new() { Name = "weather" },
            Subjects = [new() { User = "alice" }],
            MaxTrust = TrustLevel.High,
            AllowedSideEffects = [SideEffect.Read, SideEffect.Write, SideEffect.Destructive],
        }),
    };

    /// <summary>A session of alice with the planner, with the highest consent, unless it says otherwise.</summary>
    public static MCPAgentSession Session(string name = "s", Func<MCPAgentSessionSpec, MCPAgentSessionSpec>? change = null, string ns = "team-a") => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = ns, CreationTimestamp = new(2029, 1, 1, 0, 0, 0, DateTimeKind.Utc) },
        Spec = (change ?? (s => s))(new MCPAgentSessionSpec
        {
            ServerRef = new() { Name = "weather" },
            Subject = new() { User = "alice", Agent = "planner" },
            ConsentedTrust = TrustLevel.High,
            ExpiresAt = Now.AddHours(1).UtcDateTime,
        }),
    };

    public static IReadOnlyList<ToolRule> Rules(params (string Name, Decision Decision)[] rules) => [.. rules.Select(r => new ToolRule { Name = r.Name, Decision = r.Decision })];

    public static CompiledAccess Compile(IEnumerable<MCPAccessGrant> grants, IEnumerable<MCPAgentSession> sessions, AccessMemory? before = null, DateTimeOffset? now = null) =>
        AccessCompiler.Compile("team-a", "weather", null, [.. grants], [.. sessions], before ?? AccessMemory.None, now ?? Now);

    /// <summary>The proxy's view of what was compiled, by way of the texts that are written.</summary>
    public static AccessTable Read(this CompiledAccess compiled)
    {
        var reader = new AccessReader("team-a", "weather");
        reader.TakeIndex(compiled).TakeShards(compiled);
        reader.Missing.Should().BeEmpty();
        return reader.Build(Now);
    }

    public static AccessReader TakeIndex(this AccessReader reader, CompiledAccess compiled)
    {
        reader.ReadIndex(compiled.IndexText).Should().BeNull();
        return reader;
    }

    /// <summary>Reads the shards that the reader misses and that <paramref name="which"/> picks.</summary>
    public static void TakeShards(this AccessReader reader, CompiledAccess compiled, Func<ShardPlace, bool>? which = null)
    {
        foreach (var place in reader.Missing.Where(which ?? (_ => true)))
        {
            var shards = place.Part == AccessPart.Grants ? compiled.Grants : compiled.Sessions;
            reader.ReadShard(place, shards[place.Number].Text).Should().BeNull();
        }
    }

    public static AccessTable Access(IEnumerable<MCPAccessGrant> grants, params IEnumerable<MCPAgentSession> sessions) => Compile(grants, sessions).Read();
}
