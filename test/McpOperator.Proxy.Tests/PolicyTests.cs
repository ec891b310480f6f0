using System.Net;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Proxy.Tests;

/// <summary>What a caller sees and what is executed.</summary>
public sealed class PolicyTests
{
    private const string List = """{"jsonrpc":"2.0","id":5,"method":"tools/list"}""";

    [Test]
    public async Task A_filter_takes_tools_out_and_leaves_every_other_byte_of_the_list()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"), server => server.Pages.Add("""{"name":"secret2"}"""));
        (await proxy.AskAsync(List)).Should().Be("""{"jsonrpc":"2.0","id":5,"result":{"_meta":{"x":1.50},"tools":[{"name":"add","description":"Adds.","inputSchema":{"type":"object"}}],"nextCursor":"1","unknown":"\u00e9"}}""");
        (await proxy.AskAsync("""{"jsonrpc":"2.0","id":6,"method":"tools/list","params":{"cursor":"1"}}""")).Should().Be("""{"jsonrpc":"2.0","id":6,"result":{"_meta":{"x":1.50},"tools":[],"unknown":"\u00e9"}}""");
    }

    [Test]
    public async Task Without_a_filter_the_list_is_the_servers_own()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null));
        (await proxy.AskAsync(List)).Should().Contain("\"secret\"").And.Contain("\"add\"");
    }

    [TestCase("application/json, text/event-stream", "application/json")]
    [TestCase("application/json", "application/json")]
    [TestCase("*/*", "application/json")]
    [TestCase("text/event-stream", "text/event-stream")]
    [TestCase("text/html", "application/json")]
    public async Task A_hidden_tool_is_unknown_whatever_the_client_accepts(string accept, string type)
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"));
        foreach (var name in (string[])["secret", "no-such-tool"])
        {
            using var response = await proxy.PostAsync($$$$"""{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"{{{{name}}}}"}}""", ("Accept", accept));
            response.StatusCode.Should().Be(HttpStatusCode.OK);
            response.Content.Headers.ContentType!.MediaType.Should().Be(type);
            (await response.Content.ReadAsStringAsync()).Should().Contain($$$$"""{"jsonrpc":"2.0","id":"x","error":{"code":-32602,"message":"Unknown tool: {{{{name}}}}","data":{"reason":"unknown_tool"}}}""");
        }

        proxy.Server.Executed.Should().BeEmpty();
        await Soon.TrueAsync(() => proxy.Audit.Lines.Count == 2, "refusals are recorded");
        (await proxy.MetricsAsync()).Should().Contain("mcp_proxy_denials_total{reason=\"unknown_tool\"} 2").And.Contain("mcp_proxy_requests_total{method=\"tools/call\",outcome=\"denied\",tool=\"other\"}");
    }

    [Test]
    public async Task An_override_changes_words_and_name_and_takes_the_old_name_away()
    {
        var policy = ProxyFixture.Open(null) with
        {
            Tools = new()
            {
                Overrides = [new() { Tool = "add", Name = "plus", Description = "Says \"more\" é", Annotations = new() { ReadOnlyHint = true, Title = "Plus" } }, new() { Tool = "secret", Name = "add" }],
            },
        };
        await using var proxy = await ProxyFixture.StartAsync(policy, server => server.Pages = ["""{ "name" : "add" ,"inputSchema":{"a":1.0},"annotations":{"readOnlyHint":false,"openWorldHint":true,"x":1}},{"name":"secret","description":"Hidden."}"""]);
        (await proxy.AskAsync(List)).Should().Contain(
            "\"tools\":" + """[{"description":"Says \"more\" é", "name" : "plus" ,"inputSchema":{"a":1.0},"annotations":{"title":"Plus","readOnlyHint":true,"openWorldHint":true,"x":1}},{"name":"add","description":"Hidden."}],""");

        await proxy.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"plus"}}""");
        await proxy.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}""");
        (await proxy.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret"}}""")).Should().Contain("Unknown tool");
        proxy.Server.Executed.Should().Equal("add", "secret");
    }

    [Test]
    public async Task A_closed_server_and_closed_tools_say_why()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null) with { Closed = "The server is suspended." });
        using var response = await proxy.PostAsync(List);
        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).Should().Contain("The server is suspended.");
        proxy.Server.FromClients.Should().BeEmpty();

        proxy.Write(ProxyFixture.Open(null) with { Tools = new() { Closed = "There is no MCPToolConfig 'nowhere'.", Filter = [] } });
        await Soon.TrueAsync(async () => (await proxy.AskAsync(List)).Contains("\"tools\":[]", StringComparison.Ordinal), "the new policy is in force");
        (await proxy.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}""")).Should().Contain("Unknown tool: add. There is no MCPToolConfig");
        proxy.Server.Executed.Should().BeEmpty();
    }

    [Test]
    public async Task Without_a_policy_nobody_is_served_and_a_bad_one_never_replaces_a_good_one()
    {
        await using var proxy = await ProxyFixture.StartAsync(null, null, null, waits: false);
        using (var response = await proxy.PostAsync(List))
        {
            response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            (await response.Content.ReadAsStringAsync()).Should().Contain("no_policy");
        }

        proxy.Write(ProxyFixture.Open("add"));
        await Soon.TrueAsync(async () => (await proxy.AskAsync(List)).Contains("\"add\"", StringComparison.Ordinal), "the policy is in force");
        foreach (var bad in (string[])["", "{", "null", "{}", """{"schema":"policy.mcpoperator.io/v9"}""", new CompiledPolicy(ProxyFixture.Open(null) with { Server = new("team-b", "everything", "x") }).Text])
        {
            await File.WriteAllTextAsync(proxy.PolicyFile, bad);
            await Soon.TrueAsync(async () => (await proxy.StateAsync("/policyz")).TryGetProperty("problem", out _), $"'{bad}' is reported");
            (await proxy.AskAsync(List)).Should().Contain("\"add\"").And.NotContain("secret");
        }
    }

    [Test]
    public async Task A_batch_is_judged_as_a_whole_and_only_where_batches_exist()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"), server => server.Revision = "2025-03-26");
        var session = await proxy.OpenAsync("2025-03-26");
        const string good = """[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}},{"jsonrpc":"2.0","id":2,"method":"tools/list"}]""";
        const string bad = """[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"secret"}}]""";
        (await proxy.AskAsync(good, ("Mcp-Session-Id", session))).Should().StartWith("[{").And.NotContain("secret").And.Contain("\"add\"");
        proxy.Server.Executed.Should().Equal("add");
        (await proxy.AskAsync(bad, ("Mcp-Session-Id", session))).Should().Contain("\"id\":1").And.Contain("batch_refused").And.Contain("Unknown tool: secret");
        proxy.Server.Executed.Should().Equal("add");
        (await proxy.AskAsync(good, ("MCP-Protocol-Version", "2025-06-18"))).Should().Contain("batches are not part");
    }

    [Test]
    public async Task Where_the_policy_asks_for_a_token_nobody_without_one_gets_in()
    {
        var policy = ProxyFixture.Open(null);
        await using var proxy = await ProxyFixture.StartAsync(policy with { Access = new(AccessMode.Enforce, Decision.Allow, false), Auth = policy.Auth with { Type = AuthType.OIDC } });
        foreach (var body in (string[])[List, """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}""", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}""", """{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"x:y"}}"""])
        {
            using var response = await proxy.PostAsync(body);
            response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        }

        proxy.Server.FromClients.Should().BeEmpty();
    }

    [Test]
    public async Task Pages_of_strangers_are_turned_away()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null) with { Auth = new() { Type = AuthType.None, Claims = new(), ResourceUrl = "https://mcp.example.com/team-a/mcp" } }, null, o => o with { AllowedOrigins = ["https://app.example.com"] });
        foreach (var origin in (string[])["https://evil.example.com", "null", "http://localhost.evil.example.com", "https://mcp.example.com.evil.example.com", "http://mcp.example.com"])
        {
            using var response = await proxy.PostAsync(List, ("Origin", origin));
            response.StatusCode.Should().Be(HttpStatusCode.Forbidden, origin);
        }

        // A name that was rebound to our address.
        using (var response = await proxy.PostAsync(List, ("Origin", "http://evil.example.com"), ("Host", "evil.example.com")))
        {
            response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        }

        proxy.Server.FromClients.Should().BeEmpty();
        foreach (var origin in (string[])["https://app.example.com", "https://mcp.example.com", "http://localhost:6274"])
        {
            using var response = await proxy.PostAsync(List, ("Origin", origin));
            response.StatusCode.Should().Be(HttpStatusCode.OK, origin);
        }
    }
}
