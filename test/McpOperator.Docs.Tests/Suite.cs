using McpOperator.TestKit;

[assembly: NonParallelizable]

namespace McpOperator.Docs.Tests;

/// <summary>What the pages' commands run against: a cluster with a running operator, a person who reviews, and the tools that pages name.</summary>
[SetUpFixture]
public sealed class Suite
{
    /// <summary>The operator's configuration; pages find it as <c>config.yaml</c> beside their files.</summary>
    public const string Configuration = """
        images:
          allowedRegistries: [ghcr.io/acme, ghcr.io/stackloklabs, quay.io/containers, registry.example.com]
          signatures: {mode: "Off"}
        access: {laxestMode: Open}
        network: {apiServerCidrs: [10.96.0.1/32]}

        """;

    private static Cluster? _cluster;
    private static OperatorProcess? _operator;

    public static Cluster Cluster => _cluster ?? throw new InvalidOperationException("the cluster does not run");

    public static OperatorProcess Operator => _operator ?? throw new InvalidOperationException("the operator does not run");

    public static string ReviewersKubeconfig => Path.Combine(Cluster.Folder, "reviewer.kubeconfig");

    /// <summary>A folder with the programs that pages name.</summary>
    public static string Programs => Path.Combine(Cluster.Folder, "programs");

    /// <summary>Why there is no helm; nothing where there is.</summary>
    public static string? NoHelm { get; private set; }

    public static void Say(string what) => TestContext.Progress.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {what}");

    [OneTimeSetUp]
    public async Task Start()
    {
        _cluster = await Cluster.StartAsync("docs", Say);
        await _cluster.AllowSelfRegistrationAsync();
        await MakePeopleAsync(_cluster);
        var (config, port) = (Path.Combine(_cluster.Folder, "config.yaml"), OperatorProcess.FreePort());
        await File.WriteAllTextAsync(config, Configuration);
        _operator = await OperatorProcess.StartAsync(_cluster.OperatorKubeconfig, config, "--webhook-address", $"127.0.0.1:{port}", "--webhook-url", $"https://127.0.0.1:{port}");
        await MakeProgramsAsync(_cluster);
        Say("the operator is ready");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_operator is not null)
        {
            await _operator.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private static async Task MakePeopleAsync(Cluster cluster)
    {
        foreach (var role in YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "rbac", "user_roles.yaml")))
        {
            await cluster.Api.ApplyAsync(role!.AsObject());
        }

        await cluster.Api.ApplyAsync(Json.Parse("""{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "rita", "namespace": "default"}}"""));
        await cluster.Api.ApplyAsync(Json.Parse("""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "rita-reviews"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "mcp-operator-reviewer"},
             "subjects": [{"kind": "ServiceAccount", "name": "rita", "namespace": "default"}]}
            """));
        await cluster.WriteKubeconfigAsync("default", "rita", ReviewersKubeconfig);
    }

    private static async Task MakeProgramsAsync(Cluster cluster)
    {
        Directory.CreateDirectory(Programs);
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = $"exec '{dotnet}' '{OperatorProcess.Program()}'";
        Program("mcp-operator", $"{start} \"$@\"");
        // The pages build from the tree; the tests have built already.
        Program("dotnet", $"[ \"$1 $2 $3 $4\" = 'run --project operator/McpOperator.Host --' ] || {{ echo \"dotnet $*: not in these tests\" >&2; exit 64; }}\nshift 4\n{start} \"$@\"");
        File.CreateSymbolicLink(Path.Combine(Programs, "kubectl"), cluster.Kubectl ?? throw new NotSupportedException("the cluster has no kubectl, which the pages' commands need"));
        var tools = await ScriptRun.StartAsync("hack/delivery-tools.sh", [], Say);
        NoHelm = tools.ExitCode == 0 ? null : tools.Said.Split('\n')[^1];
        if (NoHelm is null)
        {
            File.CreateSymbolicLink(Path.Combine(Programs, "helm"), Path.Combine(tools.Output.Split('\n')[^1], "helm"));
        }
    }

    private static void Program(string name, string script)
    {
        var path = Path.Combine(Programs, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        using var chmod = System.Diagnostics.Process.Start("chmod", ["+x", path]);
        chmod.WaitForExit();
    }
}
