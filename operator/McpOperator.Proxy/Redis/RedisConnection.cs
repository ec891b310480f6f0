using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace McpOperator.Proxy.Redis;

/// <summary>
/// One connection. Commands of several callers go out one after the other without waiting for replies, which come in the same order.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Queue<TaskCompletionSource<RespValue>> _waiting = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _reading;
    private RedisException? _broken;

    private RedisConnection(Stream stream)
    {
        _stream = stream;
        _reading = ReadAsync();
    }

    /// <summary>Whether it has ended.</summary>
    public bool IsBroken => Volatile.Read(ref _broken) is not null;

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="RedisException">It cannot.</exception>
    public static async Task<RedisConnection> OpenAsync(RedisTarget target, RedisLogin? login, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            var (host, port, isTls) = target.Address();
            await socket.ConnectAsync(host, port, ct);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (isTls)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsClientAsync(target.TlsOptions(), ct);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or CryptographicException or FormatException or OperationCanceledException)
        {
            await (stream?.DisposeAsync() ?? default);
            socket.Dispose();
            throw new RedisException(e is OperationCanceledException ? "it does not answer" : e.Message, e);
        }

        var connection = new RedisConnection(stream);
        try
        {
            // Also without a login: whether it answers is not known before it has.
            var hello = login switch
            {
                null => RespCommand.Of("PING"),
                { User: null } => RespCommand.Of("AUTH", login.Password),
                { User: { } user } => RespCommand.Of("AUTH", user, login.Password),
            };
            if (await connection.SendAsync(hello).WaitAsync(ct) is { Kind: RespKind.Error, Text: var refusal })
            {
                throw new RedisException($"it does not let us in: {refusal}");
            }

            return connection;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            throw e is RedisException ? e : new RedisException("it does not answer", e);
        }
    }

    /// <summary>Sends a command.</summary>
    /// <returns>Its reply, errors included.</returns>
    /// <exception cref="RedisException">The connection ends before the reply.</exception>
    public async Task<RespValue> SendAsync(ReadOnlyMemory<byte> command)
    {
        var reply = new TaskCompletionSource<RespValue>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _writing.WaitAsync();
        try
        {
            lock (_waiting)
            {
                if (_broken is { } broken)
                {
                    throw broken;
                }

                _waiting.Enqueue(reply);
            }

            await _stream.WriteAsync(command, _end.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Break(new("the connection broke", e));
        }
        finally
        {
            _writing.Release();
        }

        return await reply.Task;
    }

    /// <summary>Ends it: who still waits gets an error.</summary>
    public async ValueTask DisposeAsync()
    {
        Break(new("the connection was closed"));
        await _reading;
        await _stream.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        await Task.Yield();
        try
        {
            var reader = new RespReader(PipeReader.Create(_stream));
            while (await reader.ReadAsync(_end.Token) is { } value)
            {
                TaskCompletionSource<RespValue>? waiting;
                lock (_waiting)
                {
                    _waiting.TryDequeue(out waiting);
                }

                (waiting ?? throw new RedisException("it answers what nobody asked")).SetResult(value);
            }

            Break(new("it closed the connection"));
        }
        catch (RedisException e)
        {
            Break(e);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Break(new("the connection broke", e));
        }
    }

    private void Break(RedisException why)
    {
        List<TaskCompletionSource<RespValue>> left;
        lock (_waiting)
        {
            if (_broken is not null)
            {
                return;
            }

            Volatile.Write(ref _broken, why);
            left = [.. _waiting];
            _waiting.Clear();
        }

        left.ForEach(waiting => waiting.SetException(why));
        _end.Cancel();
    }
}
