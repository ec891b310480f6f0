using System.Diagnostics;
using System.Text.Json.Nodes;

namespace McpOperator.EndToEnd.Tests;

/// <summary>A tool filter that changes is in force at once, and nobody notices but those who wanted the tool.</summary>
[Order(1)]
[TestFixture("streamable-http")]
[TestFixture("stdio")]
public sealed class PolicyChangeTests(string transport) : PodTest
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    [Test]
    public async Task A_changed_filter_is_in_force_within_two_seconds_and_no_session_is_lost()
    {
        await CreateToolConfigAsync("tools", """{"toolsFilter": ["echo", "whoami"]}""");
        var url = await RunServerAsync("echo", transport, """{"toolConfigRef": {"name": "tools"}}""");
        var before = await UntilPodsAsync("echo", 1);
        await using var client = await SdkClient.OpenAsync(url);
        await client.CallAsync("echo", """{"text": "hello"}""");
        var me = await client.WhoAmIAsync();

        var took = await ChangeAsync("""["whoami"]""", async () => !await CanAsync(client));
        took.Should().BeLessThan(Limit);
        (await client.ToolNamesAsync()).Should().Equal("whoami");

        (await ChangeAsync("""["echo", "whoami"]""", () => CanAsync(client))).Should().BeLessThan(Limit);

        (await client.WhoAmIAsync()).Should().Be(me with { Calls = me.Calls + 1 }, "the session is the same");
        var after = await UntilPodsAsync("echo", 1);
        after[0].Name().Should().Be(before[0].Name());
        after[0].List("status.containerStatuses").Should().OnlyContain(container => container.Text("restartCount") == "0");
    }

    private static async Task<bool> CanAsync(SdkClient client)
    {
        try
        {
            await client.CallAsync("echo", """{"text": "still there?"}""");
            return true;
        }
        catch (McpErrorException)
        {
            return false;
        }
    }

    private async Task<TimeSpan> ChangeAsync(string filter, Func<Task<bool>> isInForce)
    {
        var watch = Stopwatch.StartNew();
        await Api.MergeAsync(Kinds.ToolConfig, Ns, "tools", JsonNode.Parse($$"""{"spec": {"toolsFilter": {{filter}} } }""")!);
        await Eventually.Becomes(isInForce, yes => yes, $"the filter {filter} is in force");
        Suite.Say($"the filter {filter} was in force after {watch.ElapsedMilliseconds} ms");
        return watch.Elapsed;
    }
}
