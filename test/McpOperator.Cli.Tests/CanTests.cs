namespace McpOperator.Cli.Tests;

/// <summary><c>mcp-operator can</c> on files: the answer, the way to it, and the exit code.</summary>
[NonParallelizable]
public sealed class CanTests : CommandLineTest
{
    private const string World = """
        apiVersion: mcpoperator.io/v1alpha1
        kind: MCPServer
        metadata: {name: weather}
        spec:
          image: ghcr.io/acme/weather@sha256:1111111111111111111111111111111111111111111111111111111111111111
          toolConfigRef: {name: tools}
          tools:
          - {name: get, description: d, sideEffect: read}
          - {name: set, description: d, sideEffect: write, requiredTrust: high}
        ---
        apiVersion: mcpoperator.io/v1alpha1
        kind: MCPToolConfig
        metadata: {name: tools}
        spec:
          toolsOverride:
            get: {name: fetch}
        ---
        apiVersion: mcpoperator.io/v1alpha1
        kind: MCPAccessGrant
        metadata: {name: readers}
        spec:
          serverRef: {name: weather}
          subjects: [{user: alice}]
          maxTrust: medium
          allowedSideEffects: [read, write]
        ---
        apiVersion: mcpoperator.io/v1alpha1
        kind: MCPAccessGrant
        metadata: {name: intruder, namespace: other}
        spec:
          serverRef: {name: weather}
          subjects: [{user: mallory}]
          allowedSideEffects: [read]
        """;

    private static string Session(string name, string ends, string more = "") => $$"""

        ---
        apiVersion: mcpoperator.io/v1alpha1
        kind: MCPAgentSession
        metadata: {name: {{name}}}
        spec:
          serverRef: {name: weather}
          subject: {user: alice, agent: planner}
          consentedTrust: high
          expiresAt: "{{ends}}"
          {{more}}
        """;

    private (int Code, string Out, string Error) Can(string world, params string[] args) => Run(["can", "-f", Write("world.yaml", world), .. args]);

    private static string Soon => $"{DateTime.UtcNow.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}";

    [Test]
    public void An_allowed_call_says_by_which_grant_and_ends_with_0()
    {
        var (code, text, _) = Can(World + Session("s", Soon), "--server", "weather", "--tool", "fetch", "--user", "alice", "--agent", "planner", "--session", "s");

        code.Should().Be(0, text);
        text.Should().Contain("server   default/weather: mode Enforce, default Deny, session required")
            .And.Contain("tool     the server's 'get'").And.Contain("session  s: live").And.Contain("grant    readers: allows the call").And.EndWith("yes: granted (grant readers)\n");
    }

    // what is asked, what the last line begins with
    [TestCase("no: token_missing", "--tool", "fetch")]
    [TestCase("no: unknown_tool", "--tool", "get", "--user", "alice")]
    [TestCase("no: session_required", "--tool", "fetch", "--user", "alice", "--agent", "planner")]
    [TestCase("no: session_unknown", "--tool", "fetch", "--user", "alice", "--agent", "planner", "--session", "nowhere")]
    [TestCase("no: session_foreign", "--tool", "fetch", "--user", "bob", "--agent", "planner", "--session", "s")]
    [TestCase("no: session_revoked", "--tool", "fetch", "--user", "alice", "--agent", "planner", "--session", "revoked")]
    [TestCase("no: trust_too_low (grant readers)", "--tool", "set", "--user", "alice", "--agent", "planner", "--session", "s")]
    public void A_refused_call_says_which_rule_decided_and_ends_with_2(string last, params string[] asked)
    {
        var (code, text, _) = Can(World + Session("s", Soon) + Session("revoked", Soon, "revoked: true"), ["--server", "weather", .. asked]);

        code.Should().Be(2, text);
        text.TrimEnd().Split('\n')[^1].Should().StartWith(last);
    }

    [Test]
    public void A_grant_of_another_namespace_is_without_effect()
    {
        var config = Write("config.yaml", "access: {requireSession: false}\n");

        Can(World, "--server", "weather", "--tool", "fetch", "--user", "mallory", "--config", config).Out.Should().Contain("no: no_grant");
        Can(World, "--server", "weather", "--tool", "fetch", "--user", "alice", "--config", config).Code.Should().Be(0);
    }

    [Test]
    public void What_admission_would_refuse_is_without_effect_and_says_so()
    {
        var (code, _, error) = Can(World + Session("s", "2099-01-01T00:00:00Z"), "--server", "weather", "--tool", "fetch", "--user", "alice", "--agent", "planner", "--session", "s");

        code.Should().Be(2);
        error.Should().Contain("MCPAgentSession 's' is without effect: spec.expiresAt");
    }

    [Test]
    public void A_server_that_is_in_none_of_the_files_is_an_error()
    {
        var (code, _, error) = Can(World, "--server", "wether", "--tool", "fetch");

        code.Should().Be(1);
        error.Should().Contain("--server").And.Contain("'wether'");
        Run("can", "--server", "a", "--tool", "b").Error.Should().Contain("--live");
    }
}
