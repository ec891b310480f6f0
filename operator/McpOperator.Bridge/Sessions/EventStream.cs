using McpOperator.Bridge.Framing;

namespace McpOperator.Bridge.Sessions;

/// <summary>
/// What one HTTP stream carries to a client, in order: the answers to a POST and what belongs to them, or what a GET listens to. One
/// connection reads it at a time; what it has read is kept for a while, so that a client whose connection broke can read on from the
/// last event that it saw (MCP 2025-11-25, Transports, "Resumability and Redelivery").
/// </summary>
/// <param name="number">Its number in its session, the first half of its events' ids.</param>
/// <param name="answers">How many answers end it; 0: it never ends by itself.</param>
internal sealed class EventStream(int number, int answers)
{
    /// <summary>Bytes that wait for their reader before the server has to wait as well.</summary>
    public const int MaxWaitingBytes = 256 * 1024;

    /// <summary>Bytes that are kept after they were read.</summary>
    private const int MaxKeptBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Spliced> _kept = new(0);
    private Queue<Spliced> _waiting = new(1);
    private readonly bool _ends = answers > 0;
    private int _unanswered = answers;
    private long _next;
    private long _keptBytes;
    private long _waitingBytes;
    private int _reader;
    private bool _isRead;
    private bool _ticked;
    private bool _closed;
    private TaskCompletionSource? _wake;
    private TaskCompletionSource? _room;

    /// <summary>Its number in its session.</summary>
    public int Number => number;

    /// <summary>Whether a connection reads it.</summary>
    public bool IsRead => Volatile.Read(ref _isRead);

    /// <summary>Whether all answers are in it.</summary>
    public bool IsAnswered => _ends && Volatile.Read(ref _unanswered) == 0;

    /// <summary>How many messages have been read.</summary>
    public long Position => Interlocked.Read(ref _next);

    /// <summary>Begins to read; whoever read it before is told to stop.</summary>
    /// <param name="seen">How many messages the client has seen; absent: go on where the last reader was.</param>
    public int Attach(long? seen = null)
    {
        lock (_gate)
        {
            if (seen is { } count)
            {
                GoBackTo(Math.Clamp(count, _next - _kept.Count, _next));
            }

            _isRead = true;
            _reader++;
            Wake();
            return _reader;
        }
    }

    /// <summary>Ends reading.</summary>
    public void Detach(int reader)
    {
        lock (_gate)
        {
            if (reader == _reader)
            {
                _isRead = false;
                MadeRoom();
            }
        }
    }

    /// <summary>What comes next for a reader; it waits for it.</summary>
    public async ValueTask<StreamItem> NextAsync(int reader)
    {
        while (true)
        {
            Task wake;
            lock (_gate)
            {
                if (reader != _reader || _closed)
                {
                    return new(StreamItemKind.End);
                }

                if (_waiting.Count > 0)
                {
                    return Take();
                }

                if (IsAnswered)
                {
                    return new(StreamItemKind.End);
                }

                if (_ticked)
                {
                    _ticked = false;
                    return new(StreamItemKind.Tick);
                }

                _wake ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                wake = _wake.Task;
            }

            await wake;
        }
    }

    /// <summary>Wakes the reader, to look whether its client is still there.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            _ticked = true;
            Wake();
        }
    }

    /// <summary>Adds an answer. There is always room for one.</summary>
    public void Answer(Spliced message)
    {
        lock (_gate)
        {
            _unanswered--;
            Add(message);
        }
    }

    /// <summary>Adds what is no answer, if there is room.</summary>
    /// <returns>Whether there was, or the stream has ended and nobody is interested any more.</returns>
    public bool TryAdd(Spliced message)
    {
        lock (_gate)
        {
            if (_closed || IsAnswered)
            {
                return true;
            }

            if (_waitingBytes > MaxWaitingBytes)
            {
                return false;
            }

            Add(message);
            return true;
        }
    }

    /// <summary>Waits until there is room, or the reader has gone.</summary>
    public Task WaitForRoomAsync()
    {
        lock (_gate)
        {
            if (_closed || _waitingBytes <= MaxWaitingBytes || !_isRead)
            {
                return Task.CompletedTask;
            }

            _room ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Ends it, whatever it still has.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Wake();
            MadeRoom();
        }
    }

    private void Add(Spliced message)
    {
        _waiting.Enqueue(message);
        _waitingBytes += message.Bytes;
        Wake();
    }

    private StreamItem Take()
    {
        var message = _waiting.Dequeue();
        var item = new StreamItem(StreamItemKind.Message, message, _next++, IsAnswered && _waiting.Count == 0);
        _kept.Enqueue(message);
        _waitingBytes -= message.Bytes;
        _keptBytes += message.Bytes;
        while (_keptBytes > MaxKeptBytes)
        {
            _keptBytes -= _kept.Dequeue().Bytes;
        }

        if (_waitingBytes <= MaxWaitingBytes / 2)
        {
            MadeRoom();
        }

        return item;
    }

    private void GoBackTo(long number)
    {
        var again = _kept.TakeLast((int)(_next - number)).ToList();
        var before = _kept.Count - again.Count;
        (_next, _waiting) = (number, new([.. again, .. _waiting]));
        var bytes = again.Sum(message => message.Bytes);
        _waitingBytes += bytes;
        _keptBytes -= bytes;
        var rest = _kept.Take(before).ToList();
        _kept.Clear();
        rest.ForEach(_kept.Enqueue);
    }

    private void Wake() => Interlocked.Exchange(ref _wake, null)?.TrySetResult();

    private void MadeRoom() => Interlocked.Exchange(ref _room, null)?.TrySetResult();
}
