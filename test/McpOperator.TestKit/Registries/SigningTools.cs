using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace McpOperator.TestKit;

/// <summary>Debian's registry on loopback, and cosign, skopeo and umoci, as <c>hack/signing-tools.sh</c> provides them.</summary>
public sealed class SigningTools : IDisposable
{
    private readonly string _bin;
    private readonly Folder _folder = new();
    private readonly Process _registry;
    private readonly StringBuilder _log = new();

    private SigningTools(string bin)
    {
        _bin = bin;
        Host = $"127.0.0.1:{FreePort()}";
        var config = _folder.Write("registry.yaml", $$"""
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: "{{Below("storage")}}" } }
            http: {addr: "{{Host}}", secret: x}
            """);
        _registry = Start("docker-registry", ["serve", config]);
        _registry.OutputDataReceived += (_, line) => Log(line.Data);
        _registry.ErrorDataReceived += (_, line) => Log(line.Data);
        _registry.BeginOutputReadLine();
        _registry.BeginErrorReadLine();
        using var client = new HttpClient();
        for (var i = 0; ; i++)
        {
            try
            {
                client.GetAsync(new Uri($"http://{Host}/v2/")).GetAwaiter().GetResult().Dispose();
                return;
            }
            catch (HttpRequestException) when (i < 200)
            {
                Thread.Sleep(50);
            }
        }
    }

    public string Host { get; }

    /// <summary>Requests that the registry has answered, by its own access log.</summary>
    public int Requests
    {
        get
        {
            Thread.Sleep(300); // the log comes through a pipe
            lock (_log)
            {
                return _log.ToString().Split('\n').Count(l => l.Contains("\"GET /v2/", StringComparison.Ordinal) || l.Contains("\"HEAD /v2/", StringComparison.Ordinal));
            }
        }
    }

    /// <summary>Starts the registry, once the tools are there.</summary>
    /// <param name="why">Why this machine cannot have them; empty when it can.</param>
    /// <returns>Nothing when it cannot.</returns>
    public static SigningTools? TryStart(out string why)
    {
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "hack", "signing-tools.sh")) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = script.StandardError.ReadToEndAsync();
        var output = script.StandardOutput.ReadToEnd();
        script.WaitForExit();
        why = script.ExitCode == 0 ? "" : $"the tools cannot be had here: {errors.GetAwaiter().GetResult().TrimEnd().Split('\n')[^1]}";
        return script.ExitCode == 0 ? new SigningTools(output.TrimEnd().Split('\n')[^1]) : null;
    }

    public string Below(string name) => Path.Combine(_folder.Path, name);

    /// <summary>Runs a tool that must succeed.</summary>
    public string Run(string tool, params string[] arguments)
    {
        var (code, output) = Try(tool, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{tool} {string.Join(' ', arguments)} ended with {code}:\n{output}");
    }

    /// <summary>Runs a tool.</summary>
    public (int Code, string Output) Try(string tool, params string[] arguments)
    {
        using var process = Start(tool, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }

    /// <summary>Makes an image with umoci, pushes it with skopeo, and says its digest.</summary>
    /// <param name="repository">Where to.</param>
    /// <param name="marker">Makes it another image than others, and is its tag.</param>
    /// <param name="config">Further settings, such as <c>--config.entrypoint=/app/server</c>.</param>
    public string Push(string repository, string marker, params string[] config)
    {
        var layout = Below($"layout-{marker}");
        Run("umoci", "init", "--layout", layout);
        Run("umoci", "new", "--image", $"{layout}:v1");
        Run("umoci", ["config", "--image", $"{layout}:v1", "--config.label", $"marker={marker}", .. config]);
        var digest = Below($"digest-{marker}");
        Run("skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", "--digestfile", digest, $"oci:{layout}:v1", $"docker://{Host}/{repository}:{marker}");
        return File.ReadAllText(digest).Trim();
    }

    /// <summary>Makes a pair of keys, <c>NAME.key</c> and <c>NAME.pub</c>.</summary>
    /// <returns>The public one, in PEM.</returns>
    public string MakeKey(string name)
    {
        Run("cosign-2", "generate-key-pair", "--output-key-prefix", Below(name));
        return File.ReadAllText(Below(name + ".pub"));
    }

    /// <summary>Signs an image without a transparency log: <c>cosign-2</c> in the older layout, <c>cosign-3</c> in the newer one.</summary>
    public void Sign(string cosign, string image, string key) =>
        Run(cosign, ["sign", "--yes", "--key", Below(key + ".key"), .. WithoutLog(cosign), "--allow-http-registry", image]);

    /// <summary>Attaches a statement that is no signature.</summary>
    public void Attest(string image, string key)
    {
        _folder.Write("predicate.json", "{}");
        Run("cosign-3", ["attest", "--yes", "--key", Below(key + ".key"), "--predicate", Below("predicate.json"), "--type", "custom", .. WithoutLog("cosign-3"), "--allow-http-registry", image]);
    }

    /// <summary>What <c>cosign verify</c> is asked with.</summary>
    public string[] Verify(string image, string key) => ["verify", "--key", Below(key + ".pub"), "--insecure-ignore-tlog=true", "--allow-http-registry", image];

    /// <summary>Where the registry keeps the bytes of a digest, and does not look whether they are still its own.</summary>
    public string FileOf(string digest) => Below($"storage/docker/registry/v2/blobs/sha256/{digest[7..9]}/{digest[7..]}/data");

    /// <summary>Ends the registry, as a node that loses its power does.</summary>
    public void KillRegistry()
    {
        _registry.Kill();
        _registry.WaitForExit();
    }

    public void Dispose()
    {
        if (!_registry.HasExited)
        {
            KillRegistry();
        }

        _registry.Dispose();
        _folder.Dispose();
    }

    private string[] WithoutLog(string cosign)
    {
        if (cosign == "cosign-2")
        {
            return ["--tlog-upload=false"];
        }

        if (!File.Exists(Below("signing.json")))
        {
            Run(cosign, "signing-config", "create", "--out", Below("signing.json"));
        }

        return ["--signing-config", Below("signing.json")];
    }

    private Process Start(string tool, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(_bin, tool), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.Path };
        start.Environment["HOME"] = _folder.Path;
        start.Environment["COSIGN_PASSWORD"] = "";
        start.Environment["TUF_ROOT"] = Below("tuf");
        return Process.Start(start)!;
    }

    private void Log(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
