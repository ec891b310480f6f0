using System.Net;
using System.Net.Sockets;

namespace McpOperator.TestKit;

/// <summary>Stands between the operator and the API server, understands nothing of what they say, and cuts them off when told.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HashSet<Socket> _open = [];
    private readonly IPEndPoint _target;
    private readonly Task _accepting;

    public CuttingProxy(Uri target)
    {
        _target = new(IPAddress.Parse(target.Host), target.Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections at present.</summary>
    public int Connections
    {
        get
        {
            lock (_open)
            {
                return _open.Count / 2;
            }
        }
    }

    /// <summary>Cuts every connection, in the middle of whatever is being said.</summary>
    public void Cut()
    {
        lock (_open)
        {
            foreach (var socket in _open)
            {
                // Without lingering the other side gets a reset instead of a farewell.
                socket.LingerState = new(true, 0);
                socket.Dispose();
            }

            _open.Clear();
        }
    }

    /// <summary>A copy of a kubeconfig that leads through here.</summary>
    public string Kubeconfig(string original, string folder)
    {
        var path = Path.Combine(folder, $"kubeconfig-{Port}");
        File.WriteAllText(path, File.ReadAllText(original).Replace($"https://{_target}", $"https://127.0.0.1:{Port}", StringComparison.Ordinal));
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // That is how it ends.
        }
    }

    private async Task ServeAsync(Socket near)
    {
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        lock (_open)
        {
            _open.UnionWith([near, far]);
        }

        try
        {
            await far.ConnectAsync(_target);
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Nobody there, or cut.
        }
        finally
        {
            lock (_open)
            {
                _open.ExceptWith([near, far]);
            }

            near.Dispose();
            far.Dispose();
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var length)
            {
                for (var sent = 0; sent < length;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, length - sent));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }
}
