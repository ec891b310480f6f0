using System.Reflection;
using McpOperator.Api;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Proxy.Tests;

/// <summary>The metrics are what the constants that name them say, and so what <c>docs/metrics.md</c> says.</summary>
public sealed class MetricsTests
{
    private static readonly Dictionary<string, MetricAttribute> Declared = typeof(ProxyMetricNames).GetFields()
        .Where(f => f.IsDefined(typeof(MetricAttribute))).ToDictionary(f => ((string)f.GetRawConstantValue()!).Replace('.', '_'), f => f.GetCustomAttribute<MetricAttribute>()!);

    [Test]
    public async Task Types_and_labels_are_as_declared()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"));
        await proxy.AskAsync("""{"jsonrpc":"2.0","id":5,"method":"tools/list"}""");
        await proxy.AskAsync("""{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"secret"}}""");
        await proxy.AskAsync("no JSON");

        Instruments.Of(ProxyMetricNames.Meter).Should().BeEquivalentTo(Declared.ToDictionary(d => d.Key, d => d.Value.Type.ToString().ToLowerInvariant()));

        var shown = MetricFamilies.Of(await proxy.MetricsAsync()).Where(f => f.Key.StartsWith("mcp_", StringComparison.Ordinal)).ToList();
        shown.Should().HaveCountGreaterThan(6);
        foreach (var (name, (type, labels)) in shown)
        {
            type.Should().Be(Declared[name].Type.ToString().ToLowerInvariant(), name);
            foreach (var label in labels.SelectMany(l => l.Split(',', StringSplitOptions.RemoveEmptyEntries)))
            {
                Declared[name].Labels.Should().Contain(label, name);
            }
        }

        shown.Single(f => f.Key == ProxyMetricNames.Requests).Value.Labels.Should().Contain("method,outcome,tool");
        shown.Single(f => f.Key == "mcp_server_operation_duration").Value.Labels.Should().Contain("error_type,mcp_method_name");
    }
}
