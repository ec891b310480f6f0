using System.Text;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Reconcilers.MCPServers;

namespace McpOperator.Reconcilers.Tests;

public sealed class MCPServerReportTests
{
    private static readonly DateTime Now = new(2030, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    private static readonly string Digest = "@sha256:" + new string('a', 64);

    private static readonly MCPServer Server = new()
    {
        Metadata = new V1ObjectMeta { Name = "weather", NamespaceProperty = "team-a", Uid = "u", Generation = 7 },
        Spec = new() { Image = "ghcr.io/acme/weather" + Digest },
    };

    /// <summary>A Knative Service that serves what a server asks for.</summary>
    private static KubernetesDocument ReadyService(MCPServer server, Surroundings around)
    {
        var revision = ChildNames.Revision("weather", MCPServerObserved.Of(server, around).ToInput().Template);
        return KubernetesDocument.Parse(Encoding.UTF8.GetBytes($$"""
            {"apiVersion":"serving.knative.dev/v1","kind":"Service","metadata":{"name":"weather-mcp","namespace":"team-a","generation":1},
             "status":{"observedGeneration":1,"url":"http://w.example","latestCreatedRevisionName":"{{revision}}","latestReadyRevisionName":"{{revision}}",
             "traffic":[{"revisionName":"{{revision}}","percent":100}],"conditions":[{"type":"ConfigurationsReady","status":"True"},{"type":"RoutesReady","status":"True"}]} }
            """));
    }

    private static Surroundings Around(KubernetesDocument? workload = null) => new()
    {
        Configuration = new() { Images = new() { AllowedRegistries = ["ghcr.io/acme"] } },
        Runtime = RuntimeKind.Knative,
        Workload = workload,
    };

    private static MCPServer With(Func<MCPServerSpec, MCPServerSpec> change) => Server with { Spec = change(Server.Spec) };

    private static IReadOnlyList<ChildOutcome> Applied(MCPServerObserved observed, Func<ChildOutcome, ChildOutcome>? change = null) => observed.IsAccepted
        ? [.. ServerChildren.Make(observed.ToInput()).Select(c => new ChildOutcome(c.Type, c.Name, ChildState.Unchanged)).Select(change ?? (o => o))]
        : [];

    private static MCPServerReport Report(MCPServer server, Surroundings? around = null, Func<ChildOutcome, ChildOutcome>? change = null, DateTime? now = null)
    {
        around ??= Around();
        var observed = MCPServerObserved.Of(server, around with { Workload = around.Workload ?? ReadyService(server, around), Now = now ?? Now });
        return MCPServerReport.Make(observed, observed.ToInput(), Applied(observed, change), now ?? Now);
    }

    private static V1Condition Of(MCPServerReport report, string type) => report.Status.Conditions.Single(c => c.Type == type);

    private static Func<ChildOutcome, ChildOutcome> Turned<T>(ChildState state, string message = "because") where T : KubernetesEntity =>
        o => o.Type == ResourceType.Of<T>() ? o with { State = state, Message = message } : o;

    [Test]
    public void When_all_is_well_every_condition_is_true_and_ready_stands_first()
    {
        var report = Report(Server);

        report.Status.Conditions.Should().OnlyContain(c => c.Status == "True" && c.ObservedGeneration == 7 && c.LastTransitionTime == Now && c.Message == null);
        report.Status.Conditions.Select(c => $"{c.Type}/{c.Reason}").Should().Equal(
            "Ready/Ready", "SpecAccepted/Accepted", "ImageAccepted/Accepted", "ToolConfigResolved/NotRequested", "ReviewCurrent/Current",
            "PolicyPublished/Published", "NetworkIsolated/Isolated", "WorkloadReady/Ready", "MonitoringReady/Ready", "ScopesSynced/NotRequested");
        report.Status.Url.Should().Be("http://w.example/mcp");
        report.Status.ObservedGeneration.Should().Be(7);
        report.Status.PolicyRevision.Should().MatchRegex("^[0-9a-f]{16}$");
    }

    private static IEnumerable<TestCaseData> Troubles()
    {
        yield return Case("bad image", With(s => s with { Image = "ghcr.io/acme/weather:1" }), null, null, ConditionTypes.ImageAccepted, "False", Reasons.ImageNotPinned, ready: "False");
        yield return Case("foreign registry", With(s => s with { Image = "evil.com/x" + Digest }), null, null, ConditionTypes.ImageAccepted, "False", Reasons.RegistryNotAllowed, ready: "False");
        yield return Case("bad spec", With(s => s with { TargetPort = 8012 }), null, null, ConditionTypes.SpecAccepted, "False", Reasons.PortReserved, ready: "False");
        yield return Case("bad spec blocks the rest", With(s => s with { TargetPort = 8012 }), null, null, ConditionTypes.WorkloadReady, "False", Reasons.Blocked, ready: "False");
        yield return Case("bad spec publishes nothing", With(s => s with { TargetPort = 8012 }), null, null, ConditionTypes.PolicyPublished, "False", Reasons.Blocked, ready: "False");
        yield return Case("missing tool configuration", With(s => s with { ToolConfigRef = new() { Name = "t" } }), null, null, ConditionTypes.ToolConfigResolved, "False", Reasons.NotFound, ready: "False");
        yield return Case("... says so at the workload", With(s => s with { ToolConfigRef = new() { Name = "t" } }), null, null, ConditionTypes.WorkloadReady, "False", Reasons.NotFound, ready: "False");
        yield return Case("missing profile", With(s => s with { PermissionProfile = new() { Type = PermissionProfileType.ConfigMap, Name = "p" } }), null, null, ConditionTypes.ToolConfigResolved, "False", Reasons.NotFound, ready: "False");
        yield return Case("stdio without a program", With(s => s with { Transport = Transport.Stdio }), null, null, ConditionTypes.WorkloadReady, "False", Reasons.EntrypointUnknown, ready: "False");
        yield return Case("policy not ours", Server, null, Turned<V1ConfigMap>(ChildState.NotOwned), ConditionTypes.PolicyPublished, "False", Reasons.NotOwned, ready: "False");
        yield return Case("role refused", Server, null, Turned<V1Role>(ChildState.Failed), ConditionTypes.PolicyPublished, "False", Reasons.ApplyFailed, ready: "False");
        yield return Case("isolation refused", Server, null, Turned<V1NetworkPolicy>(ChildState.Failed), ConditionTypes.NetworkIsolated, "False", Reasons.ApplyFailed, ready: "False");
        yield return Case("workload waits for isolation", Server, null, Turned<KnativeService>(ChildState.Skipped), ConditionTypes.WorkloadReady, "False", Reasons.Blocked, ready: "False");
        yield return Case("workload refused", Server, null, Turned<KnativeService>(ChildState.Failed), ConditionTypes.WorkloadReady, "False", Reasons.ApplyFailed, ready: "False");
        yield return Case("no Knative", Server, null, Turned<KnativeService>(ChildState.KindMissing), ConditionTypes.WorkloadReady, "False", Reasons.KnativeMissing, ready: "False");
        yield return Case("no Prometheus Operator", Server, null, Turned<V1ServiceMonitor>(ChildState.KindMissing), ConditionTypes.MonitoringReady, "False", Reasons.PrometheusOperatorMissing, ready: "True");
        yield return Case("monitor refused", Server, null, Turned<V1ServiceMonitor>(ChildState.Failed), ConditionTypes.MonitoringReady, "False", Reasons.ApplyFailed, ready: "True");
        yield return Case("monitoring off", With(s => s with { Telemetry = new() { Prometheus = new() { Enabled = false } } }), null, null, ConditionTypes.MonitoringReady, "True", Reasons.NotRequested, ready: "True");
        yield return Case("suspended", With(s => s with { Suspend = true }), null, null, ConditionTypes.WorkloadReady, "False", Reasons.Suspended, ready: "False");
        yield return Case("Knative is at it", Server, Around(KubernetesDocument.Parse("""{"apiVersion":"serving.knative.dev/v1","kind":"Service","metadata":{"name":"weather-mcp","generation":1}}"""u8)), null, ConditionTypes.WorkloadReady, "Unknown", Reasons.Progressing, ready: "Unknown");

        static TestCaseData Case(string name, MCPServer server, Surroundings? around, Func<ChildOutcome, ChildOutcome>? change, string type, string status, string reason, string ready) =>
            new TestCaseData(server, around, change, type, status, reason, ready).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Troubles))]
    public void A_condition_says_what_is_wrong_and_ready_sums_up(
        MCPServer server, Surroundings? around, Func<ChildOutcome, ChildOutcome>? change, string type, string status, string reason, string ready)
    {
        var report = Report(server, around, change);

        Of(report, type).Should().Match<V1Condition>(c => c.Status == status && c.Reason == reason);
        if (status != "True")
        {
            Of(report, type).Message.Should().NotBeNullOrWhiteSpace();
        }

        var summary = Of(report, ConditionTypes.Ready);
        summary.Status.Should().Be(ready);
        if (ready != "True")
        {
            var first = report.Status.Conditions.First(c => c.Type != ConditionTypes.Ready && c.Status != "True");
            summary.Reason.Should().Be(first.Reason);
            summary.Message.Should().Be($"{first.Type}: {first.Message}");
        }
    }

    [Test]
    public void A_second_pass_with_the_same_findings_changes_nothing()
    {
        var first = Report(Server);
        first.Changes(Server.Status).Should().BeTrue();

        var second = Report(Server with { Status = first.Status }, now: Now.AddHours(1));

        second.Changes(first.Status).Should().BeFalse();
        second.Happenings.Should().BeEmpty();
    }

    [Test]
    public void A_transition_time_is_kept_until_the_status_changes()
    {
        var first = Report(Server);
        var later = Now.AddHours(1);

        var suspended = Report(With(s => s with { Suspend = true }) with { Status = first.Status }, now: later);

        Of(suspended, ConditionTypes.ImageAccepted).LastTransitionTime.Should().Be(Now);
        Of(suspended, ConditionTypes.WorkloadReady).LastTransitionTime.Should().Be(later);
        Of(suspended, ConditionTypes.Ready).LastTransitionTime.Should().Be(later);
    }

    [Test]
    public void Another_reason_alone_is_no_transition()
    {
        var unpinned = Report(With(s => s with { Image = "ghcr.io/acme/x:1" }));
        var foreign = Report(With(s => s with { Image = "evil.com/x" + Digest }) with { Status = unpinned.Status }, now: Now.AddHours(1));

        Of(foreign, ConditionTypes.ImageAccepted).Should().Match<V1Condition>(c => c.Reason == Reasons.RegistryNotAllowed && c.LastTransitionTime == Now);
        foreign.Happenings.Should().Contain(h => h.IsWarning && h.Reason == Reasons.RegistryNotAllowed);
    }

    [Test]
    public void What_is_refused_is_no_version()
    {
        Report(With(s => s with { TargetPort = 8012 })).Status.Active.Should().BeNull();
        Report(With(s => s with { ToolConfigRef = new() { Name = "t" } })).Status.Active.Should().BeNull();
        Report(Server, change: Turned<KnativeService>(ChildState.Skipped)).Status.Active.Should().BeNull();
    }

    [Test]
    public void Tools_are_counted_before_and_after_the_filter()
    {
        var server = With(s => s with { Tools = [new() { Name = "a" }, new() { Name = "b" }], ToolConfigRef = new() { Name = "t" } });
        var config = new MCPToolConfig { Metadata = new V1ObjectMeta { Name = "t" }, Spec = new() { ToolsFilter = ["a"] } };

        Report(server, Around() with { ToolConfig = config }).Status.Tools.Should().Be(new ToolCounts { Declared = 2, Exposed = 1 });
        Report(server).Status.Tools.Should().Be(new ToolCounts { Declared = 2, Exposed = 0 }, "a missing configuration closes all tools");
    }

    [Test]
    public void What_the_proxies_withhold_is_told_and_hinders_nothing_else()
    {
        var server = With(s => s with { Tools = [new() { Name = "b\u200b" }, new() { Name = "a" }, new() { Name = "hidden" }], ToolConfigRef = new() { Name = "t" } });
        var around = Around() with { ToolConfig = new() { Metadata = new() { Name = "t" }, Spec = new() { ToolsFilter = ["a", "b\u200b", "undeclared"] } } };
        var template = MCPServerObserved.Of(server, around).ToInput().Template;
        var withheld = new Dictionary<string, string> { ["b\u200b"] = "other words", ["a"] = "another schema", ["hidden"] = "x", ["undeclared"] = "x" };

        var drifted = Report(server, around with { Withheld = new Dictionary<string, IReadOnlyDictionary<string, string>> { [template] = withheld } });

        Of(drifted, ConditionTypes.ReviewCurrent).Should().Match<V1Condition>(c => c.Status == "False" && c.Reason == Reasons.SurfaceDrift);
        Of(drifted, ConditionTypes.ReviewCurrent).Message.Should().Contain("these tools: a (another schema), b⟨U+200B⟩ (other words).", "filtered and undeclared ones are nobody's loss");
        Of(drifted, ConditionTypes.Ready).Status.Should().Be("True");
        drifted.Happenings.Should().Contain(h => h.IsWarning && h.Reason == Reasons.SurfaceDrift);
        Of(Report(server, around with { Withheld = new Dictionary<string, IReadOnlyDictionary<string, string>> { ["another"] = withheld } }), ConditionTypes.ReviewCurrent)
            .Status.Should().Be("True", "pods of another template do not serve");
    }

    [Test]
    public void A_report_of_very_much_drift_stays_short()
    {
        var withheld = Enumerable.Range(0, 500).ToDictionary(i => $"{i:000}" + new string('x', 5000), _ => new string('y', 5000));
        var template = MCPServerObserved.Of(Server, Around()).ToInput().Template;

        var message = Of(Report(Server, Around() with { Withheld = new Dictionary<string, IReadOnlyDictionary<string, string>> { [template] = withheld } }), ConditionTypes.ReviewCurrent).Message;

        message.Should().Contain(" and 495 more.").And.Match(m => m.Length < 2000);
    }

    [Test]
    public void A_policy_that_was_not_written_is_not_reported_as_published() =>
        Report(Server, change: Turned<V1ConfigMap>(ChildState.Failed)).Status.PolicyRevision.Should().BeNull();

    [Test]
    public void The_status_stays_within_the_bounds_of_the_schema()
    {
        var report = Report(Server, change: Turned<V1NetworkPolicy>(ChildState.Failed, new string('x', 100_000)));

        report.Status.Conditions.Should().OnlyContain(c => (c.Message ?? "").Length <= 32768).And.HaveCountLessThanOrEqualTo(16);
        report.Status.Conditions.Should().OnlyContain(c => c.Type.Length > 0 && c.Reason.Length > 0);
    }

    [Test]
    public void The_first_pass_tells_what_was_made_and_that_the_server_can_be_used() =>
        Report(Server, change: o => o with { State = ChildState.Created }).Happenings.Select(h => h.Reason).Should().Equal(EventReasons.Created, EventReasons.VersionActivated, EventReasons.BecameReady);

    [Test]
    public void Suspending_is_no_warning() =>
        Report(With(s => s with { Suspend = true }) with { Status = Report(Server).Status }).Happenings.Should().ContainSingle().Which.Should().Match<Happening>(h => !h.IsWarning && h.Reason == Reasons.Suspended);
}
