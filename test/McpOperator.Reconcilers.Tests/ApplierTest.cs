using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Reconcilers.Tests;

/// <summary>The applier of one kind of children, against an API server in this process.</summary>
public abstract class ApplierTest(ResourceType type) : IDisposable
{
    private CancellationTokenSource _stop = null!;
    private Task _running = null!;

    protected static MCPServer Owner { get; } = new()
    {
        Metadata = new V1ObjectMeta { Name = "weather", NamespaceProperty = "team-a", Uid = "owner-uid" },
        Spec = new() { Image = "x" },
    };

    protected FakeApiServer Server { get; private set; } = null!;

    protected KubernetesClient Client { get; private set; } = null!;

    protected ChildCache Cache { get; private set; } = null!;

    protected ChildApplier Applier { get; private set; } = null!;

    [SetUp]
    public async Task Start()
    {
        Server = await FakeApiServer.StartAsync();
        Client = new KubernetesClient(KubernetesClientConfiguration.ForAddress(Server.Address));
        _stop = new();
        await RestartAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(10)).ContinueWith(_ => { }, TaskScheduler.Default);
        await Server.DisposeAsync();
        Dispose();
    }

    public void Dispose()
    {
        Client.Dispose();
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>An applier that knows no more than what the API server shows it.</summary>
    protected async Task RestartAsync()
    {
        var informer = Informers.Documents(Client, type, null, new() { LabelSelector = "ours=yes" }, TimeProvider.System, NullLogger.Instance);
        Cache = new ChildCache(informer);
        Applier = new ChildApplier(Client, new Dictionary<ResourceType, ChildCache> { [type] = Cache });
        _running = informer.RunAsync(_stop.Token);
        await informer.WaitForSyncAsync(_stop.Token);
    }

    /// <summary>The metadata of a child of <see cref="Owner"/>, or of one that had its name before.</summary>
    protected static V1ObjectMeta OfOwner(NamespacedName child, string uid = "owner-uid") => new()
    {
        Name = child.Name,
        NamespaceProperty = child.Namespace,
        Labels = new Dictionary<string, string> { ["ours"] = "yes" },
        OwnerReferences = [new() { ApiVersion = Owner.ApiVersion, Kind = Owner.Kind, Name = Owner.Metadata.Name, Uid = uid, Controller = true }],
    };
}
