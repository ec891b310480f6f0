using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOperator.ChartGen;
using McpOperator.Kube;
using McpOperator.Signatures;
using McpOperator.TestKit;

namespace McpOperator.Charts.Tests;

/// <summary>Alerts and dashboard speak of metrics that there are, and alerts fire when they should.</summary>
public sealed partial class MonitoringTests
{
    private static readonly IReadOnlyList<Type> Metrics = MetricsPage.Operator;
    private static readonly IReadOnlyList<JsonNode> Alerts = [.. YamlJson.ReadAll(Below("alerts.yaml"))[0]!["groups"]!.AsArray().SelectMany(g => g!["rules"]!.AsArray()).Select(r => r!)];

    private static string Below(params string[] path) => Path.Combine([Chart.Folder, "files", .. path]);

    [TestCase("alerts.yaml")]
    [TestCase("dashboard.json")]
    public void Every_metric_exists(string file)
    {
        var known = Metrics.Concat(MetricsPage.Proxy).SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(f => (string)f.GetRawConstantValue()!).ToHashSet();

        var named = Metric().Matches(File.ReadAllText(Below(file))).Select(m => m.Value).Distinct().ToList();

        named.Should().HaveCountGreaterThan(5);
        named.Where(m => !known.Contains(m) && !known.Contains(Parts().Replace(m, ""))).Should().BeEmpty();
    }

    [Test]
    public void Every_metric_of_the_operator_is_on_the_dashboard()
    {
        var dashboard = File.ReadAllText(Below("dashboard.json"));
        string[] left = [KubeMetrics.InformerLists, KubeMetrics.EventsDropped, SignatureMetrics.Duration];

        Metrics.SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(f => (string)f.GetRawConstantValue()!)
            .Where(m => m.StartsWith("mcp_operator_", StringComparison.Ordinal) && !dashboard.Contains(m, StringComparison.Ordinal)).Should().BeEquivalentTo(left);
    }

    [Test]
    public void Every_metric_of_the_operator_is_declared_with_its_type()
    {
        foreach (var type in Metrics)
        {
            System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        Instruments.Of(KubeMetrics.MeterName).Should().BeEquivalentTo(MetricsPage.Named(Metrics).ToDictionary(m => m.Name, m => m.Metric.Type.ToString().ToLowerInvariant()));
    }

    [Test]
    public void Every_alert_has_its_runbook()
    {
        var page = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "alerts.md"));
        var alerts = Alerts.Select(r => (string)r["alert"]!).ToList();

        page.Where(l => l.StartsWith("## ", StringComparison.Ordinal)).Should().Equal(alerts.Select(a => "## " + a));
        var rendered = Chart.Objects("--set", "prometheusRule.create=Always,prometheusRule.runbookUrl=https://runbooks.example.net/mcp").One("PrometheusRule");
        rendered["spec"]!["groups"]!.AsArray().SelectMany(g => g!["rules"]!.AsArray()).Select(r => (string)r!["annotations"]!["runbook_url"]!)
            .Should().Equal(alerts.Select(a => $"https://runbooks.example.net/mcp#{a.ToLowerInvariant()}"));
    }

    [Test]
    public void Alerts_fire_when_they_should_and_not_before() =>
        DeliveryTools.Run("promtool", "test", "rules", Path.Combine(Repository.Root, "test", "McpOperator.Charts.Tests", "alerts-test.yaml")).Should().Contain("SUCCESS");

    [Test]
    public void The_dashboard_is_json_with_a_query_in_every_panel() =>
        JsonNode.Parse(File.ReadAllText(Below("dashboard.json")))!["panels"]!.AsArray().Where(p => (string?)p!["type"] != "row")
            .Should().OnlyContain(p => p!["targets"]!.AsArray().Count > 0 && p["gridPos"] != null);

    [GeneratedRegex("mcp_(operator|proxy)_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Parts();
}
