using McpOperator.TestKit;

namespace McpOperator.Docs.Tests;

/// <summary>What the page of metrics says of the operator's is what a scrape shows. (The proxy's own tests do the same for the proxy's.)</summary>
[Order(100)]
public sealed class MetricsPageTests
{
    [Test]
    public async Task A_scrape_shows_the_types_and_labels_that_the_page_names()
    {
        var ns = await Suite.Cluster.NewNamespaceAsync();
        await Suite.Cluster.Api.CreateAsync(Kinds.Server, ns, Json.Parse("""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "a"}, "spec": {"image": "ghcr.io/acme/a@sha256:1111111111111111111111111111111111111111111111111111111111111111"}}"""));
        await Eventually.Becomes(() => Suite.Operator.MetricAsync("mcp_operator_reconciles_total"), n => n > 0, "it reconciles", () => Suite.Operator.LogEnd);
        var rows = Page.Read("docs/metrics.md").Prose.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|').Select(c => c.Trim()).ToArray())
            .ToDictionary(c => c[1].Trim('`'), c => (Type: c[2], Labels: c[3].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(l => l.Trim('`')).Order(StringComparer.Ordinal).ToList()));

        var shown = MetricFamilies.Of(await Suite.Operator.MetricsAsync());

        shown.Keys.Should().HaveCountGreaterThan(18).And.BeSubsetOf(rows.Keys);
        foreach (var (name, (type, labels)) in shown)
        {
            type.Should().Be(rows[name].Type, name);
            labels.Should().Equal([string.Join(',', rows[name].Labels)], name);
        }
    }
}
