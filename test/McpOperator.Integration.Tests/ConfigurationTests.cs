using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>The operator's own configuration, changed while it runs.</summary>
[Order(0)]
public sealed class ConfigurationTests : ServerTest
{
    [TearDown]
    public Task Restore() => File.WriteAllTextAsync(Suite.ConfigFile, Suite.Configuration);

    [Test]
    public async Task A_changed_file_changes_the_children_and_a_bad_one_changes_nothing()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await UntilChildrenAsync("echo", KnativeChildren("echo"));

        await File.WriteAllTextAsync(Suite.ConfigFile, Suite.Configuration + "\nmonitoring: {labels: {release: kube-prometheus-stack}, interval: 15s}");
        await UntilAsync(Kinds.Monitor, "echo-mcp", m => m.Text("metadata.labels.release") == "kube-prometheus-stack" && m.Text("spec.endpoints.0.interval") == "15s", "has the label and the interval");

        await File.WriteAllTextAsync(Suite.ConfigFile, Suite.Configuration + "\nmonitorin: {labels: {release: other}}");
        var said = await Eventually.Becomes(
            () => Task.FromResult(Operator!.Log.FirstOrDefault(l => l.Contains("ConfigurationRejected", StringComparison.Ordinal))), l => l is not null, "the log says that the file is bad", () => Operator!.LogEnd);
        said.Should().Contain("monitorin").And.Contain("monitoring", "it says what was meant").And.Contain("last good configuration");
        await ChangeServerAsync("echo", """{"spec": {"timeoutSeconds": 7}}""");
        await UntilAsync(Kinds.Knative, "echo-mcp", k => k.Text("spec.template.spec.timeoutSeconds") == "7", "is changed");
        (await Api.GetAsync(Kinds.Monitor, Ns, "echo-mcp")).Text("metadata.labels.release").Should().Be("kube-prometheus-stack");

        await File.WriteAllTextAsync(Suite.ConfigFile, Suite.Configuration);
        await UntilAsync(Kinds.Monitor, "echo-mcp", m => m.Text("metadata.labels.release") is null && m.Text("spec.endpoints.0.interval") == "30s", "is as before");
    }

    [Test]
    public async Task What_a_changed_file_forbids_is_reported_and_what_runs_stays()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative", "access": {"mode": "Open"}}""");
        var before = await UntilAsync(Kinds.Knative, "echo-mcp");

        await File.WriteAllTextAsync(Suite.ConfigFile, Suite.Configuration.Replace("laxestMode: Open", "laxestMode: Observe", StringComparison.Ordinal));

        await UntilConditionAsync("echo", "SpecAccepted", "False/AccessTooWeak");
        (await Api.GetAsync(Kinds.Knative, Ns, "echo-mcp")).Version().Should().Be(before.Version());
    }
}
