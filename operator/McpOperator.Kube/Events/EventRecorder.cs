using System.Threading.Channels;
using McpOperator.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Kube;

/// <summary>
/// Sends Events from a bounded buffer in the background. What is said again becomes a count; many different messages of one reason about
/// one object
/// become one combined event; whoever talks too much is thinned out.
/// </summary>
[EntityRbac(typeof(Corev1Event), Verbs = RbacVerb.Create | RbacVerb.Patch)]
public sealed class EventRecorder : IEventRecorder, IAsyncDisposable
{
    private const int Buffer = 4096;
    private readonly Channel<Occurrence> _channel =
        Channel.CreateBounded<Occurrence>(new BoundedChannelOptions(Buffer) { SingleReader = true });
    private readonly EventAggregator _aggregator;
    private readonly IKubernetesClient _client;
    private readonly string _component;
    private readonly string _instance;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;

    /// <summary>Starts a recorder.</summary>
    /// <param name="client">Where events go.</param>
    /// <param name="component">Who says so: the program.</param>
    /// <param name="instance">Which of its replicas: the pod's name.</param>
    /// <param name="time">The clock for times and limits.</param>
    /// <param name="log">Gets what could not be sent.</param>
    public EventRecorder(IKubernetesClient client, string component, string instance, TimeProvider? time = null, ILogger? log = null)
    {
        _client = client;
        _component = component;
        _instance = instance;
        _time = time ?? TimeProvider.System;
        _log = log ?? NullLogger.Instance;
        _aggregator = new(_time);
        _sending = Task.Run(SendAllAsync);
    }

    /// <inheritdoc/>
    public void Normal(V1ObjectReference about, string reason, string message) => Record(about, "Normal", reason, message);

    /// <inheritdoc/>
    public void Warning(V1ObjectReference about, string reason, string message) => Record(about, "Warning", reason, message);

    /// <summary>Sends what is buffered, for as long as 5 seconds, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _channel.Writer.TryComplete();
        try
        {
            await _sending.WaitAsync(TimeSpan.FromSeconds(5), _time);
        }
        catch (TimeoutException)
        {
            _log.LogInformation("Some events were not sent before the end");
            await _stop.CancelAsync();
            await _sending;
        }

        _stop.Dispose();
    }

    private void Record(V1ObjectReference about, string type, string reason, string message)
    {
        if (!_channel.Writer.TryWrite(new(about, type, reason, message, _time.GetUtcNow().UtcDateTime)))
        {
            KubeMetrics.Dropped.Add(1, KubeMetrics.Tag("reason", "full"));
        }
    }

    private async Task SendAllAsync()
    {
        await foreach (var occurrence in _channel.Reader.ReadAllAsync())
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await SendAsync(occurrence);
            }
            catch (Exception e)
            {
                // An event is a courtesy: whatever happens to it, nothing else may suffer.
                KubeMetrics.Dropped.Add(1, KubeMetrics.Tag("reason", "refused"));
                _log.LogDebug("Event {Reason} about {Object} was not sent: {Problem}", occurrence.Reason, occurrence.About.Name, e.Message);
            }
        }
    }

    private async Task SendAsync(Occurrence occurrence)
    {
        var record = _aggregator.Take(occurrence);
        if (record is null)
        {
            KubeMetrics.Dropped.Add(1, KubeMetrics.Tag("reason", "spam"));
            return;
        }

        if (record.IsSent && await TryCountAsync(record))
        {
            return;
        }

        await _client.CreateAsync(MakeEvent(record), _stop.Token);
        record.IsSent = true;
    }

    /// <summary>Raises the count of an event that exists; false when it expired meanwhile.</summary>
    private async Task<bool> TryCountAsync(EventRecord record)
    {
        try
        {
            var change = new { count = record.Count, lastTimestamp = record.Last, message = record.Message };
            await _client.PatchAsync(
                ResourceType.Of<Corev1Event>(), record.Namespace, record.Name, V1Patch.Merge(change), ct: _stop.Token);
            return true;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            record.Rename(_time);
            return false;
        }
    }

    private Corev1Event MakeEvent(EventRecord record) => new()
    {
        Metadata = new() { Name = record.Name, NamespaceProperty = record.Namespace },
        InvolvedObject = record.About,
        Type = record.Type,
        Reason = record.Reason,
        Message = record.Message,
        Source = new() { Component = _component },
        FirstTimestamp = record.First,
        LastTimestamp = record.Last,
        Count = record.Count,
        ReportingComponent = _component,
        ReportingInstance = _instance,
    };
}
