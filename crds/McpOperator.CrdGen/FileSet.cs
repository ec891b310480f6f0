namespace McpOperator.CrdGen;

/// <summary>Generated files by their path from the repository's root, and the folders in which nothing else may lie.</summary>
internal sealed class FileSet(params IReadOnlyList<string> folders)
{
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);

    /// <summary>Path and content of each file.</summary>
    public IReadOnlyDictionary<string, string> Files => _files;

    /// <summary>Adds a file.</summary>
    public void Add(string path, string content) => _files.Add(path, content);

    /// <summary>Writes what differs and removes what no longer belongs.</summary>
    /// <returns>What was done, a line each.</returns>
    public IReadOnlyList<string> Write(string root)
    {
        var done = Differences(root);
        foreach (var (path, content) in _files)
        {
            var target = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!File.Exists(target) || File.ReadAllText(target) != content)
            {
                File.WriteAllText(target, content);
            }
        }

        foreach (var path in Extra(root))
        {
            File.Delete(Path.Combine(root, path));
        }

        return done;
    }

    /// <summary>What is stale, missing, or lies there without belonging, whether git knows it or not; a line each.</summary>
    public IReadOnlyList<string> Differences(string root) =>
    [
        .. _files.Select(f => (f.Key, Full: Path.Combine(root, f.Key), f.Value))
            .Where(f => !File.Exists(f.Full) || File.ReadAllText(f.Full) != f.Value)
            .Select(f => (File.Exists(f.Full) ? "stale:   " : "missing: ") + f.Key),
        .. Extra(root).Select(path => "extra:   " + path),
    ];

    /// <summary>The generators' command line: <c>[repository root] [--check]</c>. With --check it writes nothing and fails if a file is not current.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, Func<string, FileSet> make)
    {
        var check = arguments.Contains("--check");
        var roots = arguments.Where(a => a != "--check").ToList();
        if (roots.Count != 1 || !Directory.Exists(Path.Combine(roots[0], "crds")))
        {
            Console.Error.WriteLine("usage: <repository root> [--check]");
            return 2;
        }

        var files = make(roots[0]);
        if (!check)
        {
            var done = files.Write(roots[0]);
            Console.WriteLine(done.Count == 0 ? "Generated files are current." : string.Join('\n', done));
            return 0;
        }

        var differences = files.Differences(roots[0]);
        if (differences.Count == 0)
        {
            return 0;
        }

        Console.Error.WriteLine($"Generated files are not current:\n  {string.Join("\n  ", differences)}\nRun `make generate` and commit the result.");
        return 1;
    }

    private List<string> Extra(string root) =>
    [
        .. folders.Where(folder => Directory.Exists(Path.Combine(root, folder)))
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder)).Select(f => $"{folder}/{Path.GetFileName(f)}"))
            .Where(f => !_files.ContainsKey(f)).Order(StringComparer.Ordinal),
    ];
}
