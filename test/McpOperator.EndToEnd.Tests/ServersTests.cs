using McpOperator.Api;

namespace McpOperator.EndToEnd.Tests;

/// <summary>Servers run, and others' clients can talk to them.</summary>
[Order(0)]
[TestFixture("streamable-http")]
[TestFixture("stdio")]
public sealed class ServersTests(string transport) : PodTest
{
    private const string Hidden = "delete_everything";

    [Test]
    public async Task The_official_clients_list_and_call([Values("2025-11-25", "2026-07-28")] string revision)
    {
        var url = await RunServerAsync("echo", transport);
        await using var client = await SdkClient.OpenAsync(url, revision);
        client.Revision.Should().Be(revision);
        (await client.ToolNamesAsync()).Should().Contain(["echo", "whoami", Hidden]);
        (await client.CallAsync("echo", """{"text": "a\u00a0b\u3000c\u200dd"}""")).Should().Be("a\u00a0b\u3000c\u200dd");
        (await client.SendAsync("resource", Json.Parse("""{"uri": "test://static-text"}""")))!.Text("contents.0.text").Should().StartWith("This is the content");
    }

    [Test]
    public async Task The_inspector_lists_and_calls()
    {
        var url = await RunServerAsync("echo", transport);
        var tools = Json.Parse(await Inspector.RunAsync(url, "tools/list"));
        tools.List("tools").Select(tool => tool.Text("name")).Should().Contain("echo");
        var called = Json.Parse(await Inspector.RunAsync(url, "tools/call", "--tool-name", "echo", "--tool-arg", "text=hello"));
        called.Text("content.0.text").Should().Be("hello");
    }

    [Test]
    public async Task What_the_filter_leaves_out_is_neither_shown_nor_run()
    {
        await CreateToolConfigAsync("few", """{"toolsFilter": ["echo", "whoami"], "toolsOverride": {"echo": {"name": "repeat"}}}""");
        var url = await RunServerAsync("echo", transport, """{"toolConfigRef": {"name": "few"}}""");
        await using var client = await SdkClient.OpenAsync(url);

        (await client.ToolNamesAsync()).Should().BeEquivalentTo("repeat", "whoami");
        (await client.CallAsync("repeat", """{"text": "hello"}""")).Should().Be("hello");
        foreach (var name in (string[])[Hidden, "echo", "no_such_tool"])
        {
            var refused = (await client.Invoking(c => c.CallAsync(name)).Should().ThrowAsync<McpErrorException>()).Which;
            refused.Code.Should().Be(-32602);
            refused.Message.Should().Contain("Unknown tool");
        }
    }

    [Test]
    public async Task Prometheus_finds_the_calls_through_the_headless_Service()
    {
        await CreateToolConfigAsync("few", """{"toolsFilter": ["echo"]}""");
        var url = await RunServerAsync("echo", transport, """{"toolConfigRef": {"name": "few"}}""");
        await using var client = await SdkClient.OpenAsync(url);
        await client.CallAsync("echo", """{"text": "hello"}""");
        await client.Invoking(c => c.CallAsync(Hidden)).Should().ThrowAsync<McpErrorException>();

        // As Prometheus does: the endpoints of the Service that the ServiceMonitor selects, at the port that it names.
        var endpoints = await Api.GetAsync(Kinds.Endpoints, Ns, ChildNames.Metrics("echo"));
        var address = $"{endpoints.Text("subsets.0.addresses.0.ip")}:{endpoints.Text("subsets.0.ports.0.port")}";
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri($"http://{address}/metrics"));
        metrics.Split('\n').Should().Contain(line => line.StartsWith("mcp_proxy_requests_total{", StringComparison.Ordinal) && line.Contains("tool=\"echo\"", StringComparison.Ordinal));
        metrics.Split('\n').Should().Contain(line => line.StartsWith("mcp_proxy_denials_total{", StringComparison.Ordinal));
    }
}
