using McpOperator.TestKit;

namespace McpOperator.Kube.Tests;

/// <summary>A fresh fake API server, and a client of it, for each test.</summary>
public abstract class ServerTest
{
    private readonly List<Task> _running = [];
    private CancellationTokenSource _stop = new();

    protected FakeApiServer Server { get; private set; } = null!;

    protected KubernetesClient Client { get; private set; } = null!;

    /// <summary>Cancelled when the test ends.</summary>
    protected CancellationToken Ended => _stop.Token;

    [SetUp]
    public async Task Start()
    {
        _stop = new();
        Server = await FakeApiServer.StartAsync();
        Server.Store.Serve(Widget.Resource);
        Client = new(KubernetesClientConfiguration.ForAddress(Server.Address));
    }

    [TearDown]
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await Eventually.Ends(Task.WhenAll(_running));
        _running.Clear();
        Client.Dispose();
        await Server.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>Runs something until the test ends; it has to end quietly then.</summary>
    protected void Run(Func<CancellationToken, Task> run) => _running.Add(run(Ended));
}
