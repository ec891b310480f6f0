namespace McpOperator.Proxy.Redis;

/// <summary>
/// Keeps one connection to a Redis or Valkey. While that is away, commands fail at once instead of waiting one after the other, and it is
/// looked for in the background until it is back.
/// </summary>
/// <param name="target">Where it is found.</param>
/// <param name="login">Says as whom to log in, each time anew; it may throw <see cref="RedisException"/>.</param>
/// <param name="timeout">How long a command may take, waiting for a connection included.</param>
/// <param name="time">The clock.</param>
internal sealed class RedisClient(RedisTarget target, Func<RedisLogin?> login, TimeSpan timeout, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Names have to be resolved and keys agreed on, which commands that come meanwhile do not wait for.</summary>
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();
    private Task<RedisConnection>? _connection;
    private Task _search = Task.CompletedTask;

    /// <summary>Why it is away; nothing while it is not known to be.</summary>
    public string? Problem { get; private set; }

    /// <summary>Connects, so that the first command need not wait for it.</summary>
    public void Connect()
    {
        lock (_gate)
        {
            _connection ??= OpenAsync();
        }
    }

    /// <summary>Sends a command.</summary>
    /// <returns>Its reply.</returns>
    /// <exception cref="RedisException">There is none in time, or it is an error.</exception>
    public async Task<RespValue> SendAsync(ReadOnlyMemory<byte> command)
    {
        Task<RedisConnection> connecting;
        lock (_gate)
        {
            if (Problem is { } problem)
            {
                throw new RedisException(problem);
            }

            // A connection that ended while nobody used it says nothing about the server.
            connecting = _connection is { IsCompletedSuccessfully: true, Result.IsBroken: false } or { IsCompleted: false } ? _connection : _connection = OpenAsync();
        }

        try
        {
            var reply = await AskAsync(connecting, command).WaitAsync(timeout, time);
            // It cannot serve us now: it is loading, has become a replica, has no memory left, does not permit it.
            return reply.Kind != RespKind.Error ? reply : throw new RedisException($"it answers: {reply.Text}");
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            var problem = e is TimeoutException ? $"it does not answer within {timeout.TotalMilliseconds:0} ms" : e.Message;
            Lose(connecting, problem);
            throw new RedisException(problem, e);
        }
    }

    /// <summary>Ends the connection and the search for it.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            Problem ??= "it is not used any more";
            _end.Cancel();
        }

        await _search;
        await CloseAsync(_connection);
    }

    private static async Task<RespValue> AskAsync(Task<RedisConnection> connecting, ReadOnlyMemory<byte> command) => await (await connecting).SendAsync(command);

    private static async Task CloseAsync(Task<RedisConnection>? connection)
    {
        try
        {
            await (connection is null ? default : (await connection).DisposeAsync());
        }
        catch (RedisException)
        {
            // It never came to be.
        }
    }

    private async Task<RedisConnection> OpenAsync()
    {
        await Task.Yield();
        using var limit = new CancellationTokenSource(OpenTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _end.Token);
        return await RedisConnection.OpenAsync(target, login(), both.Token);
    }

    /// <summary>The first that notices the loss begins the search.</summary>
    private void Lose(Task<RedisConnection> connection, string problem)
    {
        lock (_gate)
        {
            if (ReferenceEquals(connection, _connection) && Problem is null && !_end.IsCancellationRequested)
            {
                (Problem, _connection) = (problem, null);
                _search = SearchAsync(connection);
            }
        }
    }

    private async Task SearchAsync(Task<RedisConnection> lost)
    {
        await CloseAsync(lost);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await Task.Delay(pause, time, _end.Token);
                var connection = OpenAsync();
                await connection;
                lock (_gate)
                {
                    (_connection, Problem) = (connection, null);
                }

                return;
            }
            catch (RedisException e)
            {
                Problem = e.Message;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
