# Jekyll 4.3.0 and 4.3.1 compare each file that they write with every one before it, twice: for ten thousand posts that
# takes minutes. Later versions do not, and are left alone.

if %w(4.3.0 4.3.1).include?(Jekyll::VERSION)
  class Jekyll::Site
    def each_site_file
      seen = {}.compare_by_identity
      [pages, static_files_to_write, docs_to_write].each do |files|
        files.each do |file|
          yield file unless seen[file]
          seen[file] = true
        end
      end
    end
  end
end
