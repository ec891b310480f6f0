using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace McpOperator.Kube;

/// <summary>
/// Runs a program that prints an ExecCredential (client.authentication.k8s.io), and keeps the answer until it expires or is refused.
/// </summary>
internal sealed class ExecCredentials(ExecConfig config, string source, object? cluster, TimeProvider time) : CredentialSource, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Answer? _cached;

    private sealed record Answer(Credential Credential, DateTimeOffset Expires);

    public override bool CanRefresh => true;

    public override async ValueTask<Credential> GetAsync(Credential? refused, CancellationToken ct)
    {
        if (Fresh(refused) is { } cached)
        {
            return cached;
        }

        await _gate.WaitAsync(ct);
        try
        {
            return Fresh(refused) ?? Parse(await RunAsync(ct));
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private Credential? Fresh(Credential? refused)
    {
        var cached = Volatile.Read(ref _cached);
        return cached is not null && !ReferenceEquals(cached.Credential, refused) && time.GetUtcNow() < cached.Expires
            ? cached.Credential
            : null;
    }

    private async Task<string> RunAsync(CancellationToken ct)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(ct);
        guard.CancelAfter(Patience);
        using var process = Start();
        try
        {
            // Both pipes are read at once: a program that fills one while we wait on the other would hang.
            var errors = process.StandardError.ReadToEndAsync(guard.Token);
            var output = await process.StandardOutput.ReadToEndAsync(guard.Token);
            var said = (await errors).Trim();
            await process.WaitForExitAsync(guard.Token);
            return process.ExitCode == 0 ? output : throw Problem($"ended with code {process.ExitCode}: {said}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw Problem($"did not end within {Patience.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(config.Command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        config.Args.ForEach(start.ArgumentList.Add);
        config.Env.ForEach(e => start.Environment[e.Name] = e.Value);
        start.Environment["KUBERNETES_EXEC_INFO"] = JsonSerializer.Serialize(new
        {
            apiVersion = config.ApiVersion,
            kind = "ExecCredential",
            spec = new { interactive = false, cluster = config.ProvideClusterInfo ? cluster : null },
        });
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception e)
        {
            throw Problem($"cannot be started: {e.Message}. {config.InstallHint}".TrimEnd());
        }
    }

    private Credential Parse(string output)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            var root = document.RootElement;
            var version = root.GetProperty("apiVersion").GetString();
            if (version != config.ApiVersion)
            {
                throw Problem($"answered in {version}, but the kubeconfig says {config.ApiVersion}");
            }

            return Remember(root.GetProperty("status"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Problem($"printed no ExecCredential with a status: {e.Message}");
        }
    }

    private Credential Remember(JsonElement status)
    {
        string? Text(string name) => status.TryGetProperty(name, out var value) ? value.GetString() : null;
        var token = Text("token");
        X509Certificate2? certificate = null;
        if (Text("clientCertificateData") is { Length: > 0 } pem)
        {
            certificate = X509Certificate2.CreateFromPem(pem, Text("clientKeyData") ?? throw Problem("gave a certificate without its key"));
        }

        if (string.IsNullOrEmpty(token) && certificate is null)
        {
            throw Problem("gave neither a token nor a certificate");
        }

        var expires = status.TryGetProperty("expirationTimestamp", out var at) && at.ValueKind == JsonValueKind.String
            ? at.GetDateTimeOffset()
            : DateTimeOffset.MaxValue;
        var credential = new Credential(string.IsNullOrEmpty(token) ? null : $"Bearer {token}", certificate);
        Volatile.Write(ref _cached, new(credential, expires));
        return credential;
    }

    private KubernetesConfigException Problem(string what) => new($"{source}: the credential program '{config.Command}' {what}");
}
