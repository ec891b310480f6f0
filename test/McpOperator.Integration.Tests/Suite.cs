using McpOperator.TestKit;

// One after the other: they share two cores with a whole control plane, and some of them count what is written.
[assembly: NonParallelizable]
[assembly: McpOperator.Integration.Tests.CountTests]

namespace McpOperator.Integration.Tests;

/// <summary>One cluster and one operator for all tests that leave both whole.</summary>
[SetUpFixture]
public sealed class Suite
{
    /// <summary>The image that tests run: nobody ever pulls it.</summary>
    public const string Image = "ghcr.io/acme/echo@sha256:1111111111111111111111111111111111111111111111111111111111111111";

    /// <summary>The operator's configuration in these tests.</summary>
    public const string Configuration = """
        images:
          allowedRegistries: [ghcr.io/acme, ghcr.io/stackloklabs, quay.io/containers]
          signatures: {mode: "Off"}
        access:
          laxestMode: Open
        # A server may be stricter: those whose changes are to wait say so.
        review:
          policy: Automatic
        network:
          apiServerCidrs: [10.96.0.1/32]
        sessions:
          deleteAfterSeconds: 3
        quotas:
          mode: unbounded
        """;

    private static Cluster? _cluster;
    private static OperatorProcess? _operator;

    public static Cluster Cluster => _cluster ?? throw new InvalidOperationException("the cluster does not run");

    public static OperatorProcess Operator => _operator ?? throw new InvalidOperationException("the operator does not run");

    public static string ConfigFile => Path.Combine(Cluster.Folder, "config.yaml");

    public static void Say(string what) => TestContext.Progress.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {what}");

    [OneTimeSetUp]
    public async Task Start()
    {
        _cluster = await Cluster.StartAsync("it", Say);
        await File.WriteAllTextAsync(ConfigFile, Configuration);
        _operator = await OperatorProcess.StartAsync(_cluster.OperatorKubeconfig, ConfigFile);
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
}
