using System.Diagnostics;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.Policy;
using Spectre.Console;

namespace McpOperator.Benchmarks.Access;

/// <summary>
/// How long one decision takes, with few grants and sessions and with many, in turns within one run; and how long the proxy takes to read all
/// of them. Needs no cluster.
/// </summary>
internal sealed class DecisionBenchmark(IAnsiConsole console)
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Measures.</summary>
    public void Run(int rounds)
    {
        var policy = new PolicyTable(new PolicyDocument
        {
            Schema = PolicyDocument.CurrentSchema,
            Server = new("team-a", "weather", "team-a"),
            Tools = new() { Declared = [.. Enumerable.Range(0, 50).Select(i => new DeclaredTool { Name = $"tool_{i}", Description = "", SideEffect = SideEffect.Read, RequiredTrust = TrustLevel.Low })] },
            Access = new(AccessMode.Enforce, Decision.Deny, true),
            Auth = new() { Type = AuthType.OIDC, Claims = new() },
            Limits = new(),
            Audit = new(true, false),
        });
        var subjects = new[]
        {
            new Subject("10 grants, 10 sessions", policy, Compile(10, 10, _ => new() { User = "user-1" })),
            new Subject("1,000 grants of 500 users, 10,000 sessions", policy, Compile(1000, 10_000, i => new() { User = $"user-{i % 500}" })),
            new Subject("… all grants for one group of the caller", policy, Compile(1000, 10_000, _ => new() { Group = "staff" })),
        };
        var results = subjects.Select(_ => new List<double>()).ToList();
        for (var round = 0; round < rounds + 1; round++)
        {
            foreach (var (i, subject) in subjects.Index())
            {
                // The first round warms up.
                var nanoseconds = subject.Measure();
                if (round > 0)
                {
                    results[i].Add(nanoseconds);
                }
            }
        }

        var table = new Table().Title("One decision").AddColumn("with").AddColumn(new TableColumn("median").RightAligned()).AddColumn(new TableColumn("allocated").RightAligned()).AddColumn(new TableColumn("reading all of it").RightAligned());
        foreach (var (subject, times) in subjects.Zip(results))
        {
            table.AddRow(subject.Name, $"{Statistics.Median(times) / 1000:0.00} µs", $"{subject.AllocatedBytes()} B", $"{subject.Read():0.0} ms ({subject.Access.Sessions.Count} shards, {subject.Access.Sessions.Sum(s => s.Text.Length) / 1024} KiB)");
        }

        console.Write(table);
    }

    private static CompiledAccess Compile(int grants, int sessions, Func<int, GrantSubject> subject) => AccessCompiler.Compile(
        "team-a", "weather", null,
        [
            .. Enumerable.Range(0, grants).Select(i => new MCPAccessGrant
            {
                Metadata = new V1ObjectMeta { Name = $"grant-{i}", NamespaceProperty = "team-a" },
                Spec = new()
                {
                    ServerRef = new() { Name = "weather" },
                    Subjects = [subject(i)],
                    AllowedSideEffects = [SideEffect.Read],
                    ToolRules = [new() { Name = "tool_1*" }, new() { Name = $"tool_{i % 50}" }, new() { Name = "delete_*", Decision = Decision.Deny }],
                },
            }),
        ],
        [
            .. Enumerable.Range(0, sessions).Select(i => new MCPAgentSession
            {
                Metadata = new V1ObjectMeta { Name = $"session-{i}", NamespaceProperty = "team-a" },
                Spec = new() { ServerRef = new() { Name = "weather" }, Subject = new() { User = $"user-{i % 500}", Agent = "planner" }, ExpiresAt = Now.AddHours(1).UtcDateTime },
            }),
        ],
        AccessMemory.None, Now);

    private sealed class Subject(string name, PolicyTable policy, CompiledAccess access)
    {
        private const int Decisions = 100_000;

        private static readonly Caller Caller = new() { IsAuthenticated = true, User = "user-1", Agent = "planner", Groups = ["everybody", "staff"], Session = "session-1" };

        private readonly AccessTable _table = Table(access);

        public string Name => name;

        public CompiledAccess Access => access;

        public double Measure()
        {
            var (began, allowed) = (Stopwatch.GetTimestamp(), 0);
            for (var i = 0; i < Decisions; i++)
            {
                allowed += Decide().IsAllowed ? 1 : 0;
            }

            return allowed == Decisions ? Stopwatch.GetElapsedTime(began).TotalNanoseconds / Decisions : throw new InvalidOperationException($"{name}: {Decide().Reason}");
        }

        public long AllocatedBytes()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                _ = Decide();
            }

            return (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        }

        public double Read()
        {
            var began = Stopwatch.GetTimestamp();
            _ = Table(access);
            return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        private AccessDecision Decide() => AccessDecider.DecideTool(policy, _table, Caller, "tool_1", Now);

        private static AccessTable Table(CompiledAccess access)
        {
            var reader = new AccessReader("team-a", "weather");
            reader.ReadIndex(access.IndexText);
            foreach (var place in reader.Missing)
            {
                reader.ReadShard(place, (place.Part == AccessPart.Grants ? access.Grants : access.Sessions)[place.Number].Text);
            }

            return reader.Build(Now);
        }
    }
}
