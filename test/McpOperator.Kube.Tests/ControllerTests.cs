using System.Collections.Concurrent;
using McpOperator.Objects;
using McpOperator.TestKit;
using Microsoft.Extensions.Logging;

namespace McpOperator.Kube.Tests;

public sealed class ControllerTests : ServerTest
{
    private static readonly ResourceType ConfigMaps = ResourceType.Of<V1ConfigMap>();
    private readonly ConcurrentQueue<string> _seen = new();
    private FakeClock _clock = null!;

    [SetUp]
    public void Forget()
    {
        _seen.Clear();
        _clock = new();
    }

    [Test]
    public async Task Nothing_is_reconciled_before_everything_has_been_read()
    {
        Server.Store.Put(Widget.Named("a"));
        Server.Fail("list", "configmaps", 500, times: 1);
        var widgets = Informers.Typed<Widget>(Client);
        var maps = Informers.Documents(Client, ConfigMaps);
        var readBefore = new ConcurrentQueue<bool>();
        using var controller = Make(_ =>
        {
            readBefore.Enqueue(maps.HasSynced);
            return ReconcileResult.Done;
        });
        controller.WatchesSelf(widgets).Reads(maps);
        Run(controller.RunAsync);
        Run(widgets.RunAsync);
        Run(maps.RunAsync);
        await Eventually.Holds(() => !readBefore.IsEmpty);
        readBefore.Should().Equal(true);
    }

    [Test]
    public async Task A_changed_child_wakes_its_controller_owner_and_nobody_else()
    {
        var owner = Server.Store.Put(Widget.Named("a"))["metadata"]!["uid"]!.GetValue<string>();
        var maps = Informers.Documents(Client, ConfigMaps);
        using var controller = Make(_ => ReconcileResult.Done).WatchesOwned(maps, Widget.Resource);
        Run(maps.RunAsync);
        Run(controller.RunAsync);
        Server.Store.Put(Child("foreign", "Gadget", owner, controller: true));
        Server.Store.Put(Child("loose", "Widget", owner, controller: false));
        Server.Store.Put(Child("own", "Widget", owner, controller: true));
        await Eventually.Holds(() => maps.Count == 3);
        await Eventually.Holds(() => !_seen.IsEmpty);
        Server.Store.Delete(ConfigMaps, "shop", "own");
        await Eventually.Holds(() => _seen.Count == 2);
        _seen.Should().Equal("shop/a", "shop/a");
    }

    [Test]
    public async Task A_changed_object_wakes_those_who_refer_to_it()
    {
        Server.Store.Put(Widget.Named("a", size: "shop/settings"));
        Server.Store.Put(Widget.Named("b", size: "shop/others"));
        var widgets = Informers.Typed<Widget>(Client);
        widgets.AddIndex("settings", w => [w.Spec.Size]);
        var maps = Informers.Documents(Client, ConfigMaps);
        using var controller = Make(_ => ReconcileResult.Done).Reads(widgets).WatchesReferenced(maps, widgets, "settings");
        Run(widgets.RunAsync);
        await Eventually.Ends(widgets.WaitForSyncAsync());
        Run(maps.RunAsync);
        Run(controller.RunAsync);
        Server.Store.Put(Child("settings", "Gadget", "u", controller: true));
        await Eventually.Holds(() => !_seen.IsEmpty);
        _seen.Should().Equal("shop/a");
    }

    [Test]
    public async Task Failures_are_tried_again_for_ever_and_conflicts_too()
    {
        var left = 40;
        using var controller = Make(_ => --left switch
        {
            0 => ReconcileResult.Done,
            var n when n % 2 == 0 => throw new KubernetesException(409, new() { Reason = "Conflict" }, "update x"),
            _ => throw new InvalidOperationException("on purpose"),
        });
        Run(controller.RunAsync);
        controller.Enqueue(new("shop", "a"));
        await Eventually.Holds(() => left == 0, each: () => _clock.Advance(TimeSpan.FromSeconds(20)));
        _seen.Should().HaveCount(40);
    }

    /// <summary>An error in the log calls somebody: it is for what is wrong with us, and not for an API server that is away or restarts.</summary>
    [Test]
    public async Task What_the_API_server_cannot_do_for_now_is_a_warning_and_our_own_mistakes_are_errors()
    {
        var answers = new Queue<Exception>(
        [
            new KubernetesConnectionException("connection refused", null),
            new KubernetesException(404, new() { Message = "404 page not found" }, "patch widgets shop/a"),
            new KubernetesException(500, new() { Reason = "InternalError" }, "patch widgets shop/a"),
            new KubernetesException(429, new() { Reason = "TooManyRequests" }, "patch widgets shop/a"),
            new KubernetesException(422, new() { Reason = "Invalid" }, "patch widgets shop/a"),
            new KubernetesException(404, new() { Reason = "NotFound" }, "patch widgets shop/a"),
            new InvalidOperationException("on purpose"),
        ]);
        var log = new LevelLog();
        using var controller = Make(_ => answers.TryDequeue(out var e) ? throw e : ReconcileResult.Done, log);
        Run(controller.RunAsync);
        controller.Enqueue(new("shop", "a"));
        await Eventually.Holds(() => _seen.Count == 8, each: () => _clock.Advance(TimeSpan.FromSeconds(20)));
        log.Levels.Where(l => l >= LogLevel.Warning).Should().Equal(
            LogLevel.Warning, LogLevel.Warning, LogLevel.Warning, LogLevel.Warning, LogLevel.Error, LogLevel.Error, LogLevel.Error);
    }

    [Test]
    public async Task Waiting_looks_again_and_being_blocked_does_not()
    {
        var results = new Queue<ReconcileResult>(
            [ReconcileResult.Wait(TimeSpan.FromMinutes(1), "starts"), ReconcileResult.Blocked("no image"), ReconcileResult.Done]);
        using var controller = Make(_ => results.Dequeue());
        Run(controller.RunAsync);
        controller.Enqueue(new("shop", "a"));
        await Eventually.Holds(() => results.Count == 2 && _clock.Timers == 1);
        _clock.Advance(TimeSpan.FromSeconds(59));
        results.Should().HaveCount(2);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await Eventually.Holds(() => results.Count == 1);
        _clock.Advance(TimeSpan.FromHours(24));
        controller.Depth.Should().Be(0);
        results.Should().HaveCount(1);
    }

    [Test]
    public async Task A_reconcile_that_has_begun_may_end_and_one_that_does_not_is_torn()
    {
        var begun = new TaskCompletionSource();
        CancellationToken given = default;
        using var controller = new Controller("test", async (_, ct) =>
        {
            given = ct;
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, ct);
            return ReconcileResult.Done;
        }, time: _clock);
        using var stop = new CancellationTokenSource();
        var running = controller.RunAsync(stop.Token);
        controller.Enqueue(new("shop", "a"));
        await Eventually.Ends(begun.Task);
        await stop.CancelAsync();
        given.IsCancellationRequested.Should().BeFalse();
        await Eventually.Holds(() => running.IsCompleted, each: () => _clock.Advance(TimeSpan.FromSeconds(1)));
        given.IsCancellationRequested.Should().BeTrue();
        await running;
    }

    private sealed class LevelLog : ILogger
    {
        public ConcurrentQueue<LogLevel> Levels { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Levels.Enqueue(logLevel);
    }

    private Controller Make(Func<NamespacedName, ReconcileResult> reconcile, ILogger? log = null) => new("test", (key, _) =>
    {
        _seen.Enqueue(key.ToString());
        return Task.FromResult(reconcile(key));
    }, new() { Workers = 1 }, _clock, log);

    private static V1ConfigMap Child(string name, string ownerKind, string uid, bool controller) => new()
    {
        Metadata = new()
        {
            Name = name,
            NamespaceProperty = "shop",
            OwnerReferences = [new() { ApiVersion = "tests.example.com/v1alpha1", Kind = ownerKind, Name = "a", Uid = uid, Controller = controller }],
        },
    };
}
