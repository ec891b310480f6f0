using McpOperator.Bridge.Framing;
using McpOperator.Protocol;

namespace McpOperator.Bridge.Sessions;

/// <summary>
/// A client's session: its streams, and the way to its server. What the server says beside its answers goes to one of the client's
/// streams: by preference that of the newest open request, for what has to do with requests; else the one that the client listens to.
/// </summary>
internal sealed class Session : IAudience
{
    /// <summary>Answered streams that a client whose connection broke can come back to.</summary>
    private const int KeptStreams = 4;

    private readonly Lock _gate = new();
    private readonly List<EventStream> _streams = [];
    private readonly HashSet<string> _subscriptions = new(StringComparer.Ordinal);
    private int _lastStream;
    private int _users;
    private long _lastUse = Environment.TickCount64;
    private TaskCompletionSource? _streamAppeared;

    /// <param name="id">Its id, which nobody can guess.</param>
    /// <param name="server">Its server.</param>
    public Session(string id, IServerSource server)
    {
        Id = id;
        Server = server;
    }

    /// <summary>Its id. Who knows it is its client.</summary>
    public string Id { get; }

    /// <summary>What may be shown of its id.</summary>
    public string ShownId => Id[..8];

    /// <summary>Its server.</summary>
    public IServerSource Server { get; }

    /// <summary>The revision that client and server have agreed on.</summary>
    public ProtocolRevision Revision { get; set; } = ProtocolRevision.Assumed;

    /// <summary>What a GET listens to.</summary>
    public EventStream Standing { get; } = new(0, answers: 0);

    /// <summary>Resources whose changes it asked for, if it shares its server.</summary>
    public HashSet<string> Subscriptions => _subscriptions;

    /// <summary>How long nobody has used it; nothing while somebody does.</summary>
    public TimeSpan? Idle => Volatile.Read(ref _users) > 0 ? null : TimeSpan.FromMilliseconds(Environment.TickCount64 - Interlocked.Read(ref _lastUse));

    /// <summary>Requests that are not answered yet.</summary>
    public IEnumerable<Exchange> Exchanges => Server.Current?.Exchanges.Where(exchange => exchange.Owner == this) ?? [];

    /// <summary>Notes that an HTTP request uses it, until <see cref="Leave"/>.</summary>
    /// <returns>How many do now.</returns>
    public int Enter() => Interlocked.Increment(ref _users);

    /// <summary>Notes that an HTTP request has ended.</summary>
    public void Leave()
    {
        Interlocked.Exchange(ref _lastUse, Environment.TickCount64);
        Interlocked.Decrement(ref _users);
    }

    /// <summary>Opens a stream for the answers to a POST.</summary>
    public EventStream OpenStream(int answers)
    {
        lock (_gate)
        {
            var stream = new EventStream(++_lastStream, answers);
            _streams.Add(stream);
            _streamAppeared?.TrySetResult();
            _streamAppeared = null;
            return stream;
        }
    }

    /// <summary>Ends the connection to a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="keep">Whether the client may come back to it: it has seen an event's id.</param>
    public void CloseStream(EventStream stream, bool keep)
    {
        lock (_gate)
        {
            if (!keep)
            {
                _streams.Remove(stream);
                stream.Close();
                return;
            }

            var answered = _streams.FindAll(candidate => candidate.IsAnswered && !candidate.IsRead);
            foreach (var old in answered.Take(answered.Count - KeptStreams))
            {
                _streams.Remove(old);
            }
        }
    }

    /// <summary>The stream of this number, for a client that comes back to it; nothing when it is not kept any more.</summary>
    public EventStream? FindStream(int number)
    {
        lock (_gate)
        {
            return number == 0 ? Standing : _streams.Find(stream => stream.Number == number);
        }
    }

    /// <summary>Says that a connection listens to the standing stream now.</summary>
    public void Listens()
    {
        lock (_gate)
        {
            _streamAppeared?.TrySetResult();
            _streamAppeared = null;
        }
    }

    /// <summary>Lets all connections see whether their clients are still there.</summary>
    public void Tick()
    {
        Standing.Tick();
        lock (_gate)
        {
            _streams.ForEach(stream => stream.Tick());
        }
    }

    /// <inheritdoc/>
    public async ValueTask HearAsync(ServerConnection server, ServerMessage message)
    {
        var said = new Spliced(message.Text);
        while (true)
        {
            Task wait;
            lock (_gate)
            {
                var newest = _streams.FindLast(stream => stream.IsRead && !stream.IsAnswered);
                var (first, second) = IsAboutARequest(message) || !Standing.IsRead ? (newest, Standing) : (Standing, newest);
                if ((first ?? second ?? Standing).TryAdd(said))
                {
                    return;
                }

                // Full: the server waits for a reader, or for the first one.
                var full = first ?? second ?? Standing;
                wait = full.IsRead ? full.WaitForRoomAsync() : (_streamAppeared ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await Task.WhenAny(wait, server.Exited);
            if (server.Exited.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Ends all its streams.</summary>
    public void Close()
    {
        Standing.Close();
        lock (_gate)
        {
            foreach (var stream in _streams.Where(stream => !stream.IsRead))
            {
                stream.Close();
            }

            _streamAppeared?.TrySetResult();
        }
    }

    /// <summary>Changes of lists and resources concern the session; all else is, as far as anybody can tell, about a request under way.</summary>
    private static bool IsAboutARequest(ServerMessage message) => message.Method
        is not (McpMethods.ToolsListChanged or McpMethods.PromptsListChanged or McpMethods.ResourcesListChanged or McpMethods.ResourcesUpdated);
}
