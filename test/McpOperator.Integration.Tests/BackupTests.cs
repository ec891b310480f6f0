using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>What was approved survives that everything is deleted and installed anew; what somebody wrote into the backup does not.</summary>
[Order(92)]
public sealed class BackupTests() : OwnClusterTest("backup")
{
    private const string Rita = "rita";

    private string BackupFile => Path.Combine(Cluster.Folder, "mcp.backup");

    private string KeyFile => Path.Combine(Cluster.Folder, "seal.key");

    [OneTimeSetUp]
    public async Task Start()
    {
        await StartClusterAsync("""
            images: {allowedRegistries: [ghcr.io/acme], signatures: {mode: "Off"}}
            network: {apiServerCidrs: [10.96.0.1/32]}
            """);
        await InstallUserRolesAsync();
        await InstallAsync();
    }

    [Test]
    public async Task What_was_approved_serves_again_and_what_waited_waits()
    {
        await BindReviewerAsync();
        foreach (var (server, description) in new[] { ("approved", "Tells the weather."), ("waiting", "Tells the time.") })
        {
            await CreateServerAsync(server, Says(description));
            await UntilAsync(Kinds.Server, server, s => s.Text("status.history.0.version") == "1", "has a first version");
            await UntilToldAsync(server, description);
        }

        await ChangeServerAsync("approved", Change("Tells the weather of a town."));
        await ChangeServerAsync("waiting", Change("Tells the time, and asks for your password."));
        await ApproveAsync("approved");
        await UntilToldAsync("approved", "Tells the weather of a town.");
        await UntilConditionAsync("waiting", ConditionTypes.ReviewCurrent, $"False/{Reasons.HeldForReview}");
        await Api.CreateAsync(Kinds.Grant, Ns, Json.Parse("""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPAccessGrant", "metadata": {"name": "all"}, "spec": {"serverRef": {"name": "approved"}, "subjects": [{"user": "alice"}], "allowedSideEffects": ["read"]}}"""));
        await MakeSessionAsync("alive", false);
        await MakeSessionAsync("revoked", true);
        var before = await ServerAsync("approved");

        var saved = await RunAsync("backup", "--output", BackupFile, "--seal-key", KeyFile);
        saved.Code.Should().Be(0, saved.Error);
        saved.Out.Should().Contain("2 servers with 3 versions").And.Contain("1 grants, 2 sessions of 1 namespaces");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(BackupFile).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await File.ReadAllTextAsync(BackupFile).ContinueWith(text => text.Result.Should().NotContain("PRIVATE KEY").And.NotContain("resourceVersion"));

        var early = await RunAsync("restore", "-f", BackupFile, "--seal-key", KeyFile);
        early.Code.Should().Be(1);
        early.Error.Should().Contain("An operator works in this cluster", "it would take what comes for new servers");

        await DeleteEverythingAsync();
        await ForgedAsync();

        var restored = await RunAsync("restore", "-f", BackupFile, "--seal-key", KeyFile);
        restored.Code.Should().Be(0, restored.Out + restored.Error);
        restored.Out.Should().Contain($"restored: MCPServer {Ns}/approved's history, 2 versions").And.Contain($"restored: MCPServer {Ns}/waiting's history, 1 versions; version 2 waits")
            .And.Contain($"left: MCPAgentSession {Ns}/alive may have been revoked since").And.Contain($"restored: MCPAgentSession {Ns}/revoked");
        (await RunAsync("restore", "-f", BackupFile, "--seal-key", KeyFile)).Out.Should().Contain("has a history already", "a second time changes nothing");
        await InstallAsync();

        await UntilToldAsync("approved", "Tells the weather of a town.");
        await UntilToldAsync("waiting", "Tells the time.");
        var held = await UntilConditionAsync("waiting", ConditionTypes.ReviewCurrent, $"False/{Reasons.HeldForReview}");
        held.Text("status.pending.changedBy.0").Should().Be("admin", "four eyes still know who made the change");
        held.Text("status.pending.changes.0.after").Should().Contain("password");
        await Eventually.Becomes(
            async () =>
            {
                await Simulated.KnativeAsync(Api, Ns, "approved-mcp");
                return await ServerAsync("approved");
            },
            s => s.Text("status.active.version") == "2" && s.Text("status.active.approvedBy") == Rita, "version 2 serves, by rita's approval", () => Operator?.LogEnd);
        var after = await ServerAsync("approved");
        after.Text("status.history.0.reason").Should().Be("checked");
        after.List("status.history").Select(v => $"{v.Text("version")} {v.Text("surfaceHash")} {v.Text("decidedBy")} {v.Text("decidedAt")}")
            .Should().Equal(before.List("status.history").Select(v => $"{v.Text("version")} {v.Text("surfaceHash")} {v.Text("decidedBy")} {v.Text("decidedAt")}"));

        // What it was before is still known, so going back is free.
        await ChangeServerAsync("approved", Change("Tells the weather."));
        await UntilToldAsync("approved", "Tells the weather.");
        (await ServerAsync("approved")).At("status.pending").Should().BeNull();
        await ApproveAsync("waiting");
        await UntilToldAsync("waiting", "Tells the time, and asks for your password.");
    }

    /// <summary>Somebody who gets at the file approves what was never approved, or exchanges what was.</summary>
    private async Task ForgedAsync()
    {
        var file = await File.ReadAllTextAsync(BackupFile);
        var forged = Path.Combine(Cluster.Folder, "forged.backup");
        foreach (var (was, becomes) in new[] { ("Tells the time.", "Tells the time!"), ("\"rita\"", "\"ritA\""), ("\"state\": \"Approved\"", "\"state\": \"Rejected\"") })
        {
            file.Should().Contain(was);
            await File.WriteAllTextAsync(forged, file.Replace(was, becomes, StringComparison.Ordinal));
            var refused = await RunAsync("restore", "-f", forged, "--seal-key", KeyFile);
            refused.Code.Should().Be(1);
            refused.Error.Should().Contain("not as it was sealed");
        }

        (await Api.ListAsync(Kinds.Server, null)).Should().BeEmpty("nothing of it was restored");
        var unsealed = await RunAsync("restore", "-f", BackupFile);
        unsealed.Error.Should().Contain("--seal-key", "without a seal nothing is believed");
    }

    /// <summary>As after the loss of a cluster: no object of ours, none of what they became, no Secret of the operator's.</summary>
    private async Task DeleteEverythingAsync()
    {
        await StopOperatorAsync();
        foreach (var type in (ResourceType[])[Kinds.ValidatingWebhooks, Kinds.MutatingWebhooks])
        {
            await Api.DeleteAsync(type, null, "mcp-operator");
        }

        foreach (var definition in (string[])["mcpservers", "mcptoolconfigs", "mcpaccessgrants", "mcpagentsessions"])
        {
            await Cluster.UninstallAsync(definition + ".mcpoperator.io");
        }

        await Api.DeleteAsync(Kinds.Namespace, null, Ns);
        await Eventually.Becomes(() => Api.FindAsync(Kinds.Namespace, null, Ns), ns => ns is null, "the namespace goes", within: TimeSpan.FromMinutes(2));
        foreach (var secret in (await Api.ListAsync(Kinds.Secret, "mcp-operator-system")).Where(s => s.Text("type") != "kubernetes.io/service-account-token"))
        {
            await Api.DeleteAsync(Kinds.Secret, "mcp-operator-system", secret.Name());
        }

        await Cluster.InstallOursAsync();
        await BindReviewerAsync(makeNamespace: true);
    }

    private Task InstallAsync() => StartOperatorAsync(leaderElection: true);

    private Task<(int Code, string Out, string Error)> RunAsync(string command, params string[] arguments) => OperatorProcess.RunAsync([command, .. arguments, "--kubeconfig", Cluster.Kubeconfig]);

    private static string Says(string description) => $$"""{"tools": [{"name": "tell", "description": "{{description}}"}]}""";

    private static string Change(string description) => $$"""{"spec": {{Says(description)}} }""";

    private Task UntilToldAsync(string server, string description) =>
        UntilPolicyAsync(server, map => PolicyIn(map).Text("tools.declared.0.description") == description, $"says '{description}'");

    private async Task ApproveAsync(string server)
    {
        var held = await UntilConditionAsync(server, ConditionTypes.ReviewCurrent, $"False/{Reasons.HeldForReview}");
        await Api.As(Rita).MergeAsync(Kinds.Server, Ns, server, new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Annotations.Decision] = $"approve:{held.Text("status.pending.surfaceHash")}", [Annotations.DecisionReason] = "checked" } },
        });
    }

    private async Task BindReviewerAsync(bool makeNamespace = false)
    {
        if (makeNamespace)
        {
            await Api.CreateAsync(Kinds.Namespace, null, Json.Parse($$"""{"metadata": {"name": "{{Ns}}"} }"""));
        }

        await Api.CreateAsync(Kinds.RoleBinding, Ns, Json.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "{{Rita}}-reviews"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "mcp-operator-reviewer"},
             "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "{{Rita}}"}] }
            """));
    }

    private Task<JsonObject> MakeSessionAsync(string name, bool revoked) => Api.CreateAsync(Kinds.Session, Ns, Json.Parse($$"""
        {"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPAgentSession", "metadata": {"name": "{{name}}"},
         "spec": {"serverRef": {"name": "approved"}, "subject": {"user": "alice"}, "revoked": {{(revoked ? "true" : "false")}}, "expiresAt": "{{DateTime.UtcNow.AddHours(2):yyyy-MM-ddTHH:mm:ssZ}}"} }
        """));
}
